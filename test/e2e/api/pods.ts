import type { ControlPlane } from '../cluster/control-plane.ts';
import { createNamespace, listObjects, type Manifest } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';

export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly resources?: Resources;
}

/** The part of a stored pod that tests look at. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly { readonly name: string }[];
  };
  readonly status: { readonly qosClass: string };
}

export const inject = 'linkerd.io/inject';
export const enabled = { [inject]: 'enabled' };
export const disabled = { [inject]: 'disabled' };
export const setting = (key: string): string => `config.linkerd.io/${key}`;

export const web: Container = { name: 'web', image: 'registry.invalid/web:1' };

export interface PodParts {
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of the spec next to, or instead of, the one container `web`. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export function podManifest(namespace: string, name: string, parts: PodParts = {}): Manifest {
  const { annotations = {}, spec } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: { containers: [web], ...spec },
  };
}

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

export interface WorkloadParts extends PodParts {
  /** Fields of the workload's own spec. */
  readonly workload?: Readonly<Record<string, unknown>>;
}

/** A workload whose pods carry the label app=NAME. */
export function workload(
  kind: WorkloadKind,
  namespace: string,
  name: string,
  parts: WorkloadParts = {},
): Manifest {
  const { annotations = {}, spec } = parts;
  const labels = { app: name };
  const isJob = kind === 'Job' || kind === 'CronJob';
  const template = {
    metadata: { labels, annotations },
    spec: { containers: [web], ...(isJob && { restartPolicy: 'Never' }), ...spec },
  };
  const selector = { matchLabels: labels };
  const specs: Readonly<Record<WorkloadKind, object>> = {
    Deployment: { selector, template },
    DaemonSet: { selector, template },
    StatefulSet: { selector, template, serviceName: name },
    Job: { template },
    CronJob: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
  };
  return {
    apiVersion: isJob ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: { ...specs[kind], ...parts.workload },
  };
}

export function createLabelledNamespace(
  cp: ControlPlane,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  return createNamespace(cp, name, { labels: enabled, annotations });
}

/** Creates it with kubectl and returns what was stored. */
export async function createPod(cp: ControlPlane, manifest: Manifest): Promise<Pod> {
  await cp.kubectlOk(['create', '-f', '-'], { stdin: JSON.stringify(manifest) });
  return getPod(cp, manifest.metadata.namespace ?? '', manifest.metadata.name ?? '');
}

export async function getPod(cp: ControlPlane, namespace: string, name: string): Promise<Pod> {
  const { status, body } = await cp.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
  if (status !== 200) throw new Error(`pod ${namespace}/${name}: ${status} ${body.slice(0, 500)}`);
  return JSON.parse(body) as Pod;
}

/** Our containers with the lists that they stand in, in order. */
export function ours({ spec }: Pod): string[] {
  return [
    ...(spec.initContainers ?? []).map(({ name }) => `init ${name}`),
    ...spec.containers.map(({ name }) => name),
  ].filter((name) => name.includes('outrigger'));
}

/** What {@link ours} is of an injected pod. */
export const injected = ['init outrigger-init', 'init outrigger-proxy'];
export const untouched: string[] = [];

export function containerOf({ spec }: Pod, name: string): Container {
  const found = [...(spec.initContainers ?? []), ...spec.containers].find((one) => one.name === name);
  if (!found) throw new Error(`the pod has no container ${name}`);
  return found;
}

/** The value after a flag of the init container: `--outbound-ports-to-ignore`. */
export function initFlag(pod: Pod, flag: string): string | undefined {
  const args = containerOf(pod, 'outrigger-init').args ?? [];
  return args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
}

export const skippedIn = (pod: Pod): string | undefined => initFlag(pod, '--inbound-ports-to-ignore');
export const skippedOut = (pod: Pod): string | undefined => initFlag(pod, '--outbound-ports-to-ignore');

/** The one line of configuration that Envoy starts with. */
export function bootstrapOf(pod: Pod): string {
  const args = containerOf(pod, 'outrigger-proxy').args ?? [];
  return args[args.indexOf('--config-yaml') + 1] ?? '';
}

export interface StoredEvent {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly type: string;
  readonly message: string;
  readonly source: { readonly component?: string };
}

export function listEvents(cp: ControlPlane, namespace: string): Promise<StoredEvent[]> {
  return listObjects<StoredEvent>(cp, `/api/v1/namespaces/${namespace}/events`);
}

/** Polls until a namespace has an event with that reason on an object of that kind. */
export function waitForEvent(
  cp: ControlPlane,
  namespace: string,
  kind: string,
  reason: string,
): Promise<StoredEvent> {
  return pollUntil(
    async () =>
      (await listEvents(cp, namespace)).find(
        (event) => event.involvedObject.kind === kind && event.reason === reason,
      ),
    { timeoutMs: 30_000, what: `event ${reason} on a ${kind} in namespace ${namespace}` },
  );
}
