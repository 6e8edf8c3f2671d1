import { containerdSocket } from './node/containerd.ts';
import type { RealCluster } from './node/real-cluster.ts';
import type { RunningPod } from './pods.ts';

/** The rules of the nat table inside a pod, as `iptables-save` prints them. */
export async function listRules({ namespaces, debian }: RealCluster, pod: RunningPod): Promise<string[]> {
  const [container] = pod.status.containerStatuses ?? [];
  const id = container?.containerID?.replace('containerd://', '');
  const ctr = [await debian.find('ctr'), '--address', containerdSocket, '--namespace', 'k8s.io'] as const;
  const [program, ...options] = ctr;
  const tasks = await namespaces.run(program, [...options, 'tasks', 'list']);
  const pid = new RegExp(`^${id}\\s+(\\d+)`, 'mu').exec(tasks)?.[1];
  if (id === undefined || pid === undefined) throw new Error(`no process of ${pod.metadata.name}: ${tasks}`);
  const saved = await namespaces.run('nsenter', [
    '--target',
    pid,
    '--net',
    '--',
    'iptables-save',
    '-t',
    'nat',
  ]);
  return saved.split('\n').filter((line) => line.startsWith('-A '));
}
