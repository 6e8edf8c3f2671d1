import { pollUntil } from '../poll-until.ts';
import type { ControlPlane } from './control-plane.ts';

const controllerLimitMs = 30_000;

/** The part of any Kubernetes object that applying it needs. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Server-side apply of several objects; resolves to what kubectl wrote on stderr, where warnings go. */
export async function applyManifests(cp: ControlPlane, manifests: readonly Manifest[]): Promise<string> {
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const { code, stderr } = await cp.kubectl(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=e2e', '-f', '-'],
    { stdin },
  );
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}: ${stderr}`);
  return stderr;
}

/** What the API server would store, admission included, without storing it. Throws with its refusal. */
export async function createDryRun<T>(cp: ControlPlane, manifest: Manifest): Promise<T> {
  const args = ['create', '--dry-run=server', '-o', 'json', '-f', '-'];
  return JSON.parse(await cp.kubectlOk(args, { stdin: JSON.stringify(manifest) })) as T;
}

/** Creates a namespace and resolves when pods can be created in it, which takes a default service account. */
export async function createNamespace(
  cp: ControlPlane,
  name: string,
  metadata: Pick<Manifest['metadata'], 'labels' | 'annotations'> = {},
): Promise<void> {
  await applyManifests(cp, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } }]);
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await pollUntil(async () => (await cp.get(account)).status === 200, {
    timeoutMs: controllerLimitMs,
    what: `the service account of namespace ${name}`,
  });
}

/**
 * Registers a Node that says it is ready: what a DaemonSet needs to make a pod. Nothing runs on it, and no
 * controller of ours doubts it.
 */
export async function createNode(cp: ControlPlane, name: string): Promise<void> {
  const amounts = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is ready' }],
    },
  };
  await cp.kubectlOk(['create', '-f', '-'], { stdin: JSON.stringify(node) });
  // Admission taints every new node as not ready; the controller that would lift it is not started.
  await cp.kubectlOk(['patch', 'node', name, '--type=merge', '-p', '{"spec":{"taints":null}}']);
}

/** The objects a path lists ("/api/v1/namespaces/shop/pods"), as they are stored. */
export async function listObjects<T>(cp: ControlPlane, path: string): Promise<T[]> {
  const { status, body } = await cp.get(path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.slice(0, 500)}`);
  return (JSON.parse(body) as { items: T[] }).items;
}

/** Polls until a namespace has as many pods (that match the selector), and returns them. */
export function waitForPods<T>(
  cp: ControlPlane,
  namespace: string,
  { selector = '', count = 1 }: { selector?: string; count?: number } = {},
): Promise<T[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
  return pollUntil(
    async () => {
      const pods = await listObjects<T>(cp, path);
      return pods.length >= count && pods;
    },
    { timeoutMs: controllerLimitMs, what: `${count} pods in namespace ${namespace} ${selector}` },
  );
}
