/** Replicas that make and keep their own certificate, behind a Service, with exactly the rights that they need. */
import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace, type Manifest } from '../cluster/objects.ts';
import { writeServiceAccountKubeconfig } from '../cluster/service-account.ts';
import { createProgram, type Program } from './program.ts';
import { createService, type Service } from './service.ts';

export interface Lives {
  readonly leafLife: string;
  readonly caLife: string;
  readonly overlap: string;
}

export interface OwnRig {
  readonly replicas: readonly [Program, Program];
  readonly service: Service;
  /** `NAME.NAMESPACE.svc`, as the API server calls it. */
  readonly host: string;
  /** Makes both webhook configurations, without a bundle. */
  install(): Promise<void>;
  uninstall(): Promise<void>;
  /** Connections to the Service go to both replicas. */
  serve(): void;
  /** The Secret's data, decoded; undefined if there is none. */
  readSecret(): Promise<Readonly<Record<string, string>> | undefined>;
  /** The distinct bundles of all entries of both configurations, as PEM. */
  readBundles(): Promise<string[]>;
  stop(): Promise<void>;
}

const secretName = 'outrigger-certificate';
export const configurationName = (namespace: string): string => `outrigger-injector-${namespace}`;
export const webhooks = 'admissionregistration.k8s.io';

/** @param namespace of the program, and part of the names of everything @param address of its Service */
export async function createOwnRig(
  cp: ControlPlane,
  namespace: string,
  address: string,
  lives: Partial<Lives> = {},
): Promise<OwnRig> {
  await createNamespace(cp, namespace);
  await applyManifests(cp, renderAccess(namespace));
  const kubeconfig = await writeServiceAccountKubeconfig(cp, namespace, 'outrigger');
  const service = await createService(cp, namespace, 'outrigger', address);
  const name = configurationName(namespace);
  const certificates = {
    source: 'own',
    configurations: { mutating: [name], validating: [name] },
    ...lives,
  };
  const create = (replica: string) =>
    createProgram(cp, {
      name: `${namespace}-${replica}`,
      own: { namespace, kubeconfig },
      config: { certificates },
    });
  const replicas = [await create('one'), await create('two')] as const;
  const read = async (path: string): Promise<unknown> => {
    const { status, body } = await cp.get(path);
    return status === 200 ? JSON.parse(body) : undefined;
  };
  return {
    replicas,
    service,
    host: `outrigger.${namespace}.svc`,
    async install() {
      await applyManifests(cp, renderConfigurations(namespace, service.port));
    },
    async uninstall() {
      for (const kind of ['mutating', 'validating'])
        await cp.kubectlOk(['delete', `${kind}webhookconfiguration`, name]);
    },
    serve: () => service.setEndpoints(replicas.map(({ url }) => Number(new URL(url).port))),
    async readSecret() {
      const secret = (await read(`/api/v1/namespaces/${namespace}/secrets/${secretName}`)) as
        { data?: Record<string, string> } | undefined;
      const entries = Object.entries(secret?.data ?? {});
      return secret && Object.fromEntries(entries.map(([key, value]) => [key, decode(value)]));
    },
    async readBundles() {
      const bundles = new Set<string>();
      for (const kind of ['mutating', 'validating']) {
        const path = `/apis/${webhooks}/v1/${kind}webhookconfigurations/${name}`;
        const { webhooks: entries } = (await read(path)) as {
          webhooks: { clientConfig: { caBundle?: string } }[];
        };
        for (const { clientConfig } of entries) bundles.add(decode(clientConfig.caBundle ?? ''));
      }
      return [...bundles];
    },
    async stop() {
      await Promise.all(replicas.map((replica) => replica.stop('SIGKILL')));
      await service.close();
    },
  };
}

/** The Secret as the chart renders it: labelled, without data. */
export function renderSecret(namespace: string): Manifest {
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace, labels },
    type: 'Opaque',
  };
}

function renderAccess(namespace: string): Manifest[] {
  const group = 'rbac.authorization.k8s.io';
  const name = `outrigger-${namespace}`;
  const subjects = [{ kind: 'ServiceAccount', name: 'outrigger', namespace }];
  const resourceNames = [configurationName(namespace)];
  const resources = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];
  const role = (kind: string, rules: object[]): Manifest[] => [
    { apiVersion: `${group}/v1`, kind, metadata: { name, namespace }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: `${kind}Binding`,
      metadata: { name, namespace },
      roleRef: { apiGroup: group, kind, name },
      subjects,
    },
  ];
  const clusterWide = role('ClusterRole', [
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create'] },
    { apiGroups: [webhooks], resources, resourceNames, verbs: ['get', 'list', 'watch', 'patch'] },
  ]).map(({ metadata, ...rest }) => ({ ...rest, metadata: { name: metadata.name } }) as Manifest);
  const verbs = ['get', 'list', 'watch', 'update'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'outrigger', namespace } },
    ...clusterWide,
    ...role('Role', [
      { apiGroups: [''], resources: ['secrets'], resourceNames: [secretName], verbs },
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    ]),
  ];
}

const rule = (group: string, resource: string) => ({
  apiGroups: [group],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: [resource],
});

/** Both for namespaces with a label of this rig: several stand beside each other in one cluster. */
function renderConfigurations(namespace: string, port: number): Manifest[] {
  const shared = (path: string) => ({
    clientConfig: { service: { namespace, name: 'outrigger', path, port } },
    namespaceSelector: { matchLabels: { 'outrigger.test/rig': namespace } },
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 30, // a busy machine is no trouble with certificates
  });
  const metadata = { name: configurationName(namespace) };
  const mutating = (name: string, path: string, failurePolicy: string) => ({
    ...shared(path),
    name: `${name}.outrigger.test`,
    failurePolicy,
    sideEffects: 'NoneOnDryRun',
    reinvocationPolicy: 'IfNeeded',
    rules: [rule('', 'pods')],
  });
  return [
    {
      apiVersion: `${webhooks}/v1`,
      kind: 'MutatingWebhookConfiguration',
      metadata,
      webhooks: [mutating('labelled', '/mutate/labelled', 'Fail'), mutating('pods', '/mutate', 'Ignore')],
    },
    {
      apiVersion: `${webhooks}/v1`,
      kind: 'ValidatingWebhookConfiguration',
      metadata,
      webhooks: [
        {
          ...shared('/advise'),
          name: 'advise.outrigger.test',
          failurePolicy: 'Ignore',
          sideEffects: 'None',
          rules: [rule('apps', 'deployments')],
        },
      ],
    },
  ];
}

/** The certificate that a new connection to a replica gets, whoever signed it. */
export function servedBy({ url }: Program, host: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: Number(new URL(url).port), servername: host };
    const socket = connect({ ...options, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error('no certificate'));
    });
    socket.once('error', reject);
  });
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
