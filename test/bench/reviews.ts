/** The reviews that the benchmarks send: pods as the API server completes them, in two sizes. */

/** About 4.6 kB: one container with probes, a volume and its token. */
export function smallReview(): string {
  return review('small', [container('web', 23)]);
}

/** About 61 kB: twenty containers with ten variables each. */
export function largeReview(): string {
  const containers = Array.from({ length: 20 }, (_, index) =>
    container(`worker-${index}`, 10, 'x'.repeat(161)),
  );
  return review('large', containers);
}

/** Small reviews whose container has another name each time. */
export function reviewsWithNewNames(): () => string {
  const [head = '', ...rest] = smallReview().split('"name":"web"');
  let count = 0;
  return () => {
    count += 1;
    return head + rest.map((part) => `"name":"web-${count}"${part}`).join('');
  };
}

/** Reviews of up to 64 KiB, no two of which have the same template. */
export function reviewsOfAnySize(): () => string {
  const review = reviewsWithNewNames();
  let count = 0;
  return () => {
    count += 1;
    return review().replace('value-0', () => 'x'.repeat((count * 7919) % 60_000));
  };
}

/** Small reviews whose container declares and probes another port each time. */
export function reviewsWithNewPorts(): () => string {
  const text = smallReview();
  let port = 10_000;
  return () => {
    port = port < 60_000 ? port + 1 : 10_000;
    return text.replaceAll('8080', String(port));
  };
}

function review(name: string, containers: object[]): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'bench',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: 'a7b1c2d3-1111-2222-3333-444455556666',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      },
      object: pod(name, containers),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  });
}

function pod(name: string, containers: object[]): object {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: `${name}-5d9f8c7b64-`,
      namespace: 'bench',
      creationTimestamp: null,
      labels: { app: name, 'pod-template-hash': '5d9f8c7b64', 'app.kubernetes.io/part-of': 'bench' },
      annotations: {
        'prometheus.io/scrape': 'true',
        'checksum/config': '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${name}-5d9f8c7b64`,
          uid: '1e0a4c1b-0d7e-4a52-8a33-5a7e1f2b3c4d',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [managedFields(name)],
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: `${name}-config`, defaultMode: 420 } },
        {
          name: 'kube-api-access-x7k2p',
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [
                    { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
                  ],
                },
              },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  };
}

function managedFields(name: string): object {
  return {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:generateName': {}, 'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} } },
      'f:spec': {
        [`f:containers`]: {
          [`k:{"name":"${name}"}`]: { '.': {}, 'f:env': {}, 'f:image': {}, 'f:ports': {} },
        },
      },
    },
  };
}

function container(name: string, variables: number, filler = 'value'): object {
  return {
    name,
    image: `registry.example/bench/${name}:1.2.3`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: variables }, (_, index) => ({
      name: `VARIABLE_${name.toUpperCase()}_${index}`,
      value: `${filler}-${index}`,
    })),
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/config' },
      {
        name: 'kube-api-access-x7k2p',
        readOnly: true,
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      },
    ],
    livenessProbe: {
      httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 8080, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true },
  };
}
