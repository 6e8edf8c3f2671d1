import type { ControlPlane } from '../cluster/control-plane.ts';
import { listObjects } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';

/** A pod that took longer was not slow, but stuck. */
const readyLimitMs = 90_000;

interface ContainerState {
  readonly running?: { readonly startedAt: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly startedAt: string;
    readonly finishedAt: string;
  };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState;
}

/** The part of a pod that its node reports. */
export interface RunningPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly initContainers?: readonly { readonly name: string }[];
    readonly containers: readonly { readonly name: string }[];
  };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly qosClass: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export function listPods(cp: ControlPlane, namespace: string, app: string): Promise<RunningPod[]> {
  return listObjects(cp, `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`);
}

/** Polls for as many pods of an app as are wanted, and no others, to be as `condition` says. */
export async function waitForPodsThat(
  cp: ControlPlane,
  {
    namespace,
    app,
    count = 1,
  }: { readonly namespace: string; readonly app: string; readonly count?: number },
  condition: (pod: RunningPod) => boolean,
): Promise<RunningPod[]> {
  let seen: readonly RunningPod[] = [];
  try {
    return await pollUntil(
      async () => {
        const pods = await listPods(cp, namespace, app);
        seen = pods;
        return pods.length === count && pods.every(condition) && pods;
      },
      { timeoutMs: readyLimitMs, intervalMs: 100, what: `${count} pods of ${namespace}/${app}` },
    );
  } catch (error) {
    const pods = await Promise.all(seen.map((pod) => describePod(pod, cp)));
    throw new Error(`${String(error)}\n${pods.join('\n') || 'there is no pod'}`, { cause: error });
  }
}

/** Polls until the one pod of an app is ready, and returns it. */
export async function waitForReadyPod(cp: ControlPlane, namespace: string, app: string): Promise<RunningPod> {
  const [pod] = await waitForPodsThat(cp, { namespace, app }, isReady);
  return pod!;
}

export function isReady({ status }: RunningPod): boolean {
  return status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

export function statusOf({ status }: RunningPod, name: string): ContainerStatus {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`no status of container ${name}`);
  return found;
}

/** For an error: which container is in what state, and the last words of those that ended. */
async function describePod(pod: RunningPod, cp: ControlPlane): Promise<string> {
  const { metadata, status } = pod;
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const lines = all.map(async ({ name, ready, state, restartCount }) => {
    const logs = ['logs', `--namespace=${metadata.namespace}`, metadata.name, `--container=${name}`];
    const { stdout } = await cp.kubectl([...logs, '--tail=3', ...(restartCount > 0 ? ['--previous'] : [])]);
    return `${name}${ready ? ' is ready' : ''} ${JSON.stringify(state)}\n${stdout.slice(-1000)}`;
  });
  return `${metadata.name} ${status.phase}: ${(await Promise.all(lines)).join('\n')}`;
}

/** Runs a program in a container of a pod and returns its stdout. */
export function execIn(pod: RunningPod, container: string, command: readonly string[], cp: ControlPlane) {
  const { name, namespace } = pod.metadata;
  const args = ['exec', '--namespace', namespace, name, '--container', container, '--', ...command];
  return cp.kubectlOk(args, { timeoutMs: 120_000 });
}

/** The log of one container, as far as it goes. */
export function logOf(pod: RunningPod, container: string, cp: ControlPlane): Promise<string> {
  const { name, namespace } = pod.metadata;
  return cp.kubectlOk(['logs', '--namespace', namespace, name, '--container', container]);
}

interface ProbeEvent {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly fieldPath?: string };
}

/** Polls for the kubelet to say that a probe of a container failed, and returns its words. */
export async function waitForFailedProbe(
  cp: ControlPlane,
  namespace: string,
  container: string,
): Promise<string> {
  const isIt = ({ reason, involvedObject }: ProbeEvent) =>
    reason === 'Unhealthy' && involvedObject.fieldPath === `spec.containers{${container}}`;
  const { message } = await pollUntil(
    async () => (await listObjects<ProbeEvent>(cp, `/api/v1/namespaces/${namespace}/events`)).find(isIt),
    { timeoutMs: readyLimitMs, what: `a failed probe of ${container}` },
  );
  return message;
}
