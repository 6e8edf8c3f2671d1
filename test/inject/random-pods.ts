/** Pods of every shape that JSON allows, and what others do to them between two calls. */
import * as fc from 'fast-check';
import type {
  Container,
  Pod,
  PodSpec,
  Probe,
  ResourceList,
  SecurityContext,
  StringMap,
  Volume,
} from '../../src/kubernetes.types.ts';
import { tokenMountPath } from '../../src/inject/names.ts';

/** A value or null; whether the field is there at all is up to `fc.record`. */
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 4 });

/** Of unknown fields: they must survive wherever they stand. */
const foreignFields = fc.constantFrom<object>(
  {},
  { futureField: { nested: [1, null, { a: '' }] } },
  { 'x-other': null },
);

function withForeign<T extends object>(value: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.tuple(value, foreignFields).map(([known, foreign]) => ({ ...known, ...foreign }));
}

const amounts = fc.constantFrom<ResourceList>(
  {},
  { cpu: '100m' },
  { cpu: 1, memory: '64Mi' },
  { memory: '1Gi' },
);

const port = fc.record(
  {
    name: maybe(fc.constantFrom('http', 'grpc')),
    containerPort: fc.constantFrom(80, 8080, 9090),
    protocol: maybe(fc.constantFrom('TCP', 'UDP')),
  },
  { requiredKeys: ['containerPort'], noNullPrototype: true },
);

/** Those that are rewritten, and those that are not, for one reason or another. */
const handler = fc.constantFrom<Probe>(
  { tcpSocket: { port: 8081 } },
  { tcpSocket: { port: 9090 } },
  { tcpSocket: { port: 7777 } },
  { tcpSocket: { port: 'http' } },
  { tcpSocket: { port: 3306 } },
  { tcpSocket: { port: 4191 } },
  { tcpSocket: { port: 'nobody' } },
  { tcpSocket: { port: 8081, host: 'db' } },
  { tcpSocket: { port: 8081 }, exec: null },
  { tcpSocket: null },
  { exec: { command: ['true'] } },
  { httpGet: { path: '/ready', port: 'http' } },
  { httpGet: { path: '/probe/tcp/8081', port: 4191 } },
);

const probe: fc.Arbitrary<Probe> = fc
  .tuple(
    handler,
    fc.constantFrom<Probe>({}, { periodSeconds: 30, failureThreshold: 2 }, { timeoutSeconds: 5 }),
  )
  .map(([action, times]) => ({ ...action, ...times }));

const ownContainer = (name: string): fc.Arbitrary<Container> =>
  withForeign(
    fc.record(
      {
        name: fc.constant(name),
        image: maybe(fc.constantFrom('app:1', 'mirror.local/app@sha256:0')),
        imagePullPolicy: maybe(fc.constant('Always')),
        ports: maybe(fc.array(port, { maxLength: 2 })),
        env: maybe(fc.subarray([{ name: 'A', value: '1' }])),
        resources: maybe(
          fc.record(
            { requests: maybe(amounts), limits: maybe(amounts) },
            { requiredKeys: [], noNullPrototype: true },
          ),
        ),
        restartPolicy: maybe(fc.constant('Always')),
        readinessProbe: maybe(probe),
        livenessProbe: maybe(probe),
        startupProbe: maybe(probe),
      },
      { requiredKeys: ['name'], noNullPrototype: true },
    ),
  );

function containers(prefix: string, least: number): fc.Arbitrary<Container[]> {
  return fc
    .integer({ min: least, max: 5 })
    .chain((count) =>
      fc.tuple(...Array.from({ length: count }, (_, index) => ownContainer(`${prefix}-${index}`))),
    );
}

const volumes: fc.Arbitrary<Volume[]> = fc
  .subarray(['data', 'tmp', 'config'])
  .map((found) => found.map((name) => ({ name, emptyDir: {} })));

const annotations: fc.Arbitrary<StringMap> = fc
  .subarray<[string, string]>([
    ['team', 'shop'],
    ['empty', ''],
    ['linkerd.io/created-by', 'linkerd/cli edge-25.4.1'],
    ['linkerd.io/proxy-version', 'edge-25.4.1'],
    ['linkerd.io/inject', 'enabled'],
    ['kubectl.kubernetes.io/default-container', 'own-0'],
    ['config.linkerd.io/skip-outbound-ports', 'default,4406'],
    ['config.linkerd.io/proxy-log-level', 'info'],
    ['config.linkerd.io/unheard-of', '1'],
    ['config.alpha.linkerd.io/proxy-wait-before-exit-seconds', '3'],
  ])
  .map((found) => Object.fromEntries(found));

const metadata = withForeign(
  fc.record(
    {
      name: maybe(fc.constantFrom('web', '')),
      labels: maybe(fc.constantFrom<StringMap>({}, { app: 'web' })),
      annotations: maybe(annotations),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const spec = withForeign(
  fc.record(
    {
      initContainers: maybe(containers('setup', 0)),
      containers: maybe(containers('own', 0)),
      volumes: maybe(volumes),
      imagePullSecrets: maybe(fc.subarray([{ name: 'regcred' }, { name: 'other' }])),
      securityContext: maybe(fc.constantFrom<SecurityContext>({}, { runAsUser: 1000 })),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

/** Any pod that an installation with a wish for it injects. */
export const anyPod: fc.Arbitrary<Pod> = withForeign(
  fc.record({ metadata: maybe(metadata), spec: maybe(spec) }, { requiredKeys: [], noNullPrototype: true }),
);

/** As the API server has completed it: lists that hold something or are not there, at least one container. */
export const completedPod: fc.Arbitrary<Pod> = fc
  .record({
    annotations,
    own: containers('own', 1),
    setup: containers('setup', 0),
    volumes,
    foreign: foreignFields,
  })
  .map((fields): Pod => ({
    metadata: { name: 'web', annotations: fields.annotations },
    spec: {
      ...(fields.setup.length > 0 && { initContainers: fields.setup }),
      containers: fields.own,
      ...(fields.volumes.length > 0 && { volumes: fields.volumes }),
      ...fields.foreign,
    },
  }));

/** Annotations of the namespace, all of which take effect. */
export const namespaceAnnotations: fc.Arbitrary<StringMap> = fc
  .subarray<[string, string]>([
    ['config.linkerd.io/skip-inbound-ports', 'default,7777'],
    ['config.linkerd.io/proxy-log-level', 'debug'],
    ['config.linkerd.io/proxy-additional-env', '[{"name":"REGION","value":"x"}]'],
    ['config.linkerd.io/proxy-cpu-limit', '1'],
    ['config.linkerd.io/proxy-await', 'disabled'],
  ])
  .map((found) => Object.fromEntries(found));

type ListName = 'initContainers' | 'containers' | 'volumes';

/** What other admission plugins and webhooks do to a pod after us. Each returns a new pod. */
export type Change = (pod: Pod) => Pod;

const onSpec =
  (change: (spec: PodSpec) => PodSpec): Change =>
  (pod) => ({ ...pod, spec: change(pod.spec ?? {}) });

const onContainers = (change: (container: Container) => Container): Change =>
  onSpec((before) => ({
    ...before,
    ...(before.initContainers && { initContainers: before.initContainers.map(change) }),
    containers: (before.containers ?? []).map(change),
  }));

function insertion(list: ListName, share: number, item: Container & Volume): Change {
  return onSpec((before) => {
    const items = [...(before[list] ?? [])];
    if (items.some(({ name }) => name === item.name)) return before;
    return { ...before, [list]: items.toSpliced(Math.round(share * items.length), 0, item) };
  });
}

/** LimitRange's defaults: what a container leaves open; a request that is missing becomes the limit. */
const limitRange = onContainers((container) => {
  const given = container.resources ?? {};
  const limits = { cpu: '300m', memory: '512Mi', ...given.limits };
  return { ...container, resources: { ...given, limits, requests: { ...limits, ...given.requests } } };
});

const mirrored = onContainers((container) =>
  container.image?.startsWith('mirror.local/')
    ? container
    : { ...container, image: `mirror.local/${container.image ?? 'none'}` },
);

const alwaysPulled = onContainers((container) => ({ ...container, imagePullPolicy: 'Always' }));

const withVariable = onContainers((container) =>
  (container.env ?? []).some(({ name }) => name === 'CLUSTER')
    ? container
    : { ...container, env: [...(container.env ?? []), { name: 'CLUSTER', value: 'east' }] },
);

const withToken = onContainers((container) =>
  (container.volumeMounts ?? []).some(({ mountPath }) => mountPath === tokenMountPath)
    ? container
    : {
        ...container,
        volumeMounts: [
          ...(container.volumeMounts ?? []),
          { name: 'kube-api-access-x', mountPath: tokenMountPath, readOnly: true },
        ],
      },
);

const withMount = onContainers((container) =>
  (container.volumeMounts ?? []).some(({ name }) => name === 'trust')
    ? container
    : {
        ...container,
        volumeMounts: [...(container.volumeMounts ?? []), { name: 'trust', mountPath: '/trust' }],
      },
);

const onProbes = (change: (probe: Probe) => Probe): Change =>
  onContainers((container) =>
    container.name.startsWith('outrigger-')
      ? container
      : {
          ...container,
          ...(container.readinessProbe && { readinessProbe: change(container.readinessProbe) }),
          ...(container.livenessProbe && { livenessProbe: change(container.livenessProbe) }),
        },
  );

/** What the API server fills in. */
const defaulted = onProbes(({ httpGet, ...rest }) => ({
  ...rest,
  ...(httpGet && { httpGet: { ...httpGet, scheme: 'HTTP' } }),
  timeoutSeconds: rest.timeoutSeconds ?? 1,
  periodSeconds: rest.periodSeconds ?? 10,
}));

/** Another webhook that has its own way with probes. */
const elsewhere = onProbes(({ httpGet, ...rest }) => ({
  ...rest,
  ...(httpGet && { httpGet: { ...httpGet, port: 15_020 } }),
}));

const annotated: Change = (pod) => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    annotations: { ...pod.metadata?.annotations, 'other.example.org/seen': 'yes' },
  },
});

const where = fc.constantFrom(0, 0.5, 1);

export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(limitRange, mirrored, alwaysPulled, withVariable, withToken, withMount, annotated),
  fc.constantFrom(defaulted, elsewhere),
  where.map((share) =>
    insertion('containers', share, {
      name: 'agent',
      image: 'agent:1',
      ports: [{ name: 'agent', containerPort: 7070 }],
      readinessProbe: { tcpSocket: { port: 'agent' } },
      livenessProbe: { tcpSocket: { port: 8081 } },
    }),
  ),
  where.map((share) => insertion('initContainers', share, { name: 'agent-setup', image: 'agent:1' })),
  where.map((share) => insertion('volumes', share, { name: 'trust', secret: { secretName: 'ca' } })),
);
