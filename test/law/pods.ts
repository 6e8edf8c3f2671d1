/** Pods that grow in one direction: what each makes of a size in bytes, for the law of time and size. */
import type { Container, Pod, PodSpec, StringMap } from '../../src/kubernetes.types.ts';
import { keys } from '../inject/fixtures.ts';

export interface Growing {
  readonly pod: Pod;
  /** Annotations of its namespace. */
  readonly namespace?: StringMap;
}

export type Grow = (bytes: number) => Growing;

/** As many as fill the size when one takes so many bytes. */
function many<T>(bytes: number, each: number, make: (index: number) => T): T[] {
  return Array.from({ length: Math.max(1, Math.floor(bytes / each)) }, (_, index) => make(index));
}

const setting = (name: string, text: string): StringMap => ({ [`config.linkerd.io/${name}`]: text });
const pod = (spec: PodSpec, annotations: StringMap = {}): Growing => ({
  pod: { metadata: { annotations }, spec },
});
const app = (fields: Partial<Container>): Container => ({ name: 'app', ...fields });
const one = (fields: Partial<Container>, annotations?: StringMap): Growing =>
  pod({ containers: [app(fields)] }, annotations);
const several = (containers: Container[], annotations?: StringMap): Growing =>
  pod({ containers }, annotations);
const repeated = (text: string, bytes: number): string =>
  text.repeat(Math.max(1, Math.floor(bytes / text.length)));

const named = (containerPort: number, name = 'a') => ({ name, containerPort });
const tcp = (port: number | string) => ({ tcpSocket: { port } });

/** What a record of an earlier injection says, with more than we would ever write. */
function forged(more: object, spec: PodSpec = { containers: [app({})] }): Growing {
  const written = { image: 'x', pull: '' };
  const record = { v: 1, by: 'webhook', plan: '0123456789abcdef', init: written, proxy: written, ...more };
  return pod(spec, { [keys.injected]: JSON.stringify(record) });
}

const ours = (fields: Partial<Container>): PodSpec => ({
  initContainers: [{ name: 'outrigger-init' }, { name: 'outrigger-proxy', ...fields }],
  containers: [app({})],
});

const oddPorts = [80_800, 65_536, 0, -1, 1e308, -1e308, 2 ** 53, -(2 ** 53)];

export const growingPods: Readonly<Record<string, Grow>> = {
  'ports that are none, and a list that names them': (bytes) =>
    one(
      { ports: many(bytes, 34, (index) => named(oddPorts[index % oddPorts.length]!)) },
      setting('skip-inbound-ports', 'a'),
    ),
  'the last port and the next one of one name': (bytes) =>
    one(
      { ports: many(bytes, 32, (index) => named(65_535 + (index % 2))) },
      setting('opaque-ports', 'a,default,!1'),
    ),
  'ports of one name': (bytes) => one({ ports: many(bytes, 32, (index) => named(index % 65_536)) }),
  'ports of one name, and a list that repeats it': (bytes) =>
    one(
      { ports: many(bytes / 2, 32, (index) => named(index % 65_536)) },
      setting('skip-inbound-ports', repeated('a,', bytes / 2)),
    ),
  'containers with one port of a name, and a list that repeats it': (bytes) =>
    several(
      many(bytes / 2, 64, (index) => ({ name: `c${index}`, ports: [named(1 + index, 'http')] })),
      setting('opaque-ports', repeated('http,!http,', bytes / 2)),
    ),
  'ports of many names, and a list of them all': (bytes) =>
    one(
      { ports: many(bytes / 2, 36, (index) => named(1 + index, `n${index}`)) },
      setting('skip-inbound-ports', many(bytes / 2, 8, (index) => `n${index}`).join(',')),
    ),
  'a list of names that no port has': (bytes) =>
    one(
      { ports: [named(80)] },
      setting('skip-inbound-ports', many(bytes, 8, (index) => `n${index}`).join(',')),
    ),
  'a list that repeats what it inherits': (bytes) => ({
    ...one({}, setting('skip-inbound-ports', repeated('default,!default,', bytes / 2))),
    namespace: setting('skip-inbound-ports', many(bytes / 4, 6, (index) => String(1 + 2 * index)).join(',')),
  }),
  'a list of single ports, and a probe of each': (bytes) =>
    several(
      many(bytes / 2, 70, (index) => ({ name: `c${index}`, livenessProbe: tcp(1 + 2 * index) })),
      setting(
        'skip-inbound-ports',
        many(bytes / 2, 6, (index) => String(2 + 2 * (index % 32_000))).join(','),
      ),
    ),
  'containers of one name with probes': (bytes) =>
    several(
      many(bytes, 150, (index) =>
        app({ readinessProbe: tcp(1 + index), livenessProbe: tcp(1 + index), startupProbe: tcp(1 + index) }),
      ),
    ),
  'probes of ports by name': (bytes) =>
    several(
      many(bytes, 90, (index) => ({
        name: `c${index}`,
        ports: [named(1 + index, 'tcp')],
        readinessProbe: tcp('tcp'),
      })),
    ),
  'probes of one port with any period': (bytes) =>
    several(
      many(bytes, 110, (index) => ({
        name: `c${index}`,
        livenessProbe: {
          ...tcp(8080),
          periodSeconds: oddPorts[index % oddPorts.length]!,
          timeoutSeconds: 1e300,
        },
      })),
    ),
  'containers that use the ports of the proxy': (bytes) =>
    several(many(bytes, 50, (index) => ({ name: `c${index}`, ports: [named(4143), named(4191)] }))),
  'containers that run as the proxy': (bytes) =>
    several(many(bytes, 50, (index) => ({ name: `c${index}`, securityContext: { runAsUser: 2102 } }))),
  'a container with a long name': (bytes) =>
    one({ name: 'n'.repeat(bytes), readinessProbe: tcp(80), ports: [named(4143)] }),
  'containers of other meshes': (bytes) => several(many(bytes, 24, () => ({ name: 'istio-proxy' }))),
  'containers with our names': (bytes) =>
    forged(
      {},
      { initContainers: many(bytes, 26, () => ({ name: 'outrigger-proxy' })), containers: [app({})] },
    ),
  'volumes with our names': (bytes) =>
    pod({ containers: [app({})], volumes: many(bytes, 24, () => ({ name: 'outrigger-run' })) }),
  'pull secrets of one name': (bytes) =>
    pod({ containers: [app({})], imagePullSecrets: many(bytes, 14, () => ({ name: 'a' })) }),
  'unknown settings': (bytes) =>
    one({}, Object.fromEntries(many(bytes, 40, (index) => [`config.linkerd.io/unknown-${index}`, '1']))),
  'settings with long names': (bytes) =>
    one({}, { [`config.linkerd.io/${'skip-inbound-portz'.repeat(Math.ceil(bytes / 18))}`]: '1' }),
  'annotations and labels of others': (bytes) => ({
    pod: {
      metadata: {
        annotations: Object.fromEntries(many(bytes / 2, 20, (index) => [`a.example/${index}`, 'x'])),
        labels: Object.fromEntries(many(bytes / 2, 20, (index) => [`l.example/${index}`, 'x'])),
      },
      spec: { containers: [app({})] },
    },
  }),
  'a long word for injection': (bytes) => one({}, { [keys.inject]: 'enable'.repeat(Math.ceil(bytes / 6)) }),
  'a long default container': (bytes) =>
    one({}, { 'kubectl.kubernetes.io/default-container': 'x'.repeat(bytes) }),
  'variables for the proxy': (bytes) =>
    one(
      {},
      setting(
        'proxy-additional-env',
        JSON.stringify(many(bytes, 28, (index) => ({ name: `V${index}`, value: '' }))),
      ),
    ),
  'a limit of many digits': (bytes) =>
    one({ resources: { limits: { cpu: `${'1'.repeat(bytes)}x`, memory: '1'.repeat(100) } } }),
  'limits of many resources': (bytes) =>
    one({
      resources: { limits: Object.fromEntries(many(bytes, 20, (index) => [`r.example/${index}`, '1'])) },
    }),
  'node affinity of many terms': (bytes) =>
    pod({
      containers: [app({})],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: many(bytes, 90, () => ({
              matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['windows'] }],
            })),
          },
        },
      },
    }),
  owners: (bytes) => ({
    pod: {
      metadata: {
        ownerReferences: many(bytes, 60, () => ({ apiVersion: 'apps/v1', kind: 'Job', name: 'x', uid: 'y' })),
      },
      spec: { containers: [app({})] },
    },
  }),
  'a record that is no JSON': (bytes) => one({}, { [keys.injected]: '['.repeat(bytes) }),
  'a record with probes of one container': (bytes) =>
    forged(
      { probes: { admin: 4191, tcp: many(bytes, 32, () => ['app', 'livenessProbe', 80]) } },
      {
        containers: many(bytes / 4, 80, () =>
          app({ livenessProbe: { httpGet: { path: '/probe/tcp/80', port: 4191 } } }),
        ),
      },
    ),
  'a record with what it never added': (bytes) => {
    const texts = Object.fromEntries(many(bytes / 4, 40, (index) => [`config.linkerd.io/k${index}`, 'x']));
    return forged({ copied: texts, replaced: texts, added: texts, pullSecrets: Object.keys(texts) });
  },
  'a container of ours with variables and mounts': (bytes) =>
    forged(
      {},
      ours({
        env: many(bytes / 2, 24, (index) => ({ name: `V${index}`, value: '1' })),
        volumeMounts: many(bytes / 2, 40, (index) => ({ name: `v${index}`, mountPath: '/x' })),
      }),
    ),
  'a container of ours with limits': (bytes) =>
    forged(
      {},
      ours({
        resources: { limits: Object.fromEntries(many(bytes, 20, (index) => [`r.example/${index}`, '1'])) },
      }),
    ),
};
