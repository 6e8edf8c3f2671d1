import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { pollUntil } from '../../poll-until.ts';
import type { Child } from '../../process/child.ts';
import { containerdSocket } from './containerd.ts';
import { kubeletClientCa, writeKubeconfig } from './control-plane.ts';
import type { Namespaces } from './namespaces.ts';

export const nodeName = 'node';

export interface KubeletOptions {
  readonly command: string;
  readonly dir: string;
  readonly nodeAddress: string;
  readonly cgroup: string;
}

/** Starts the kubelet and resolves when its node is ready for pods. */
export async function startKubelet(
  namespaces: Namespaces,
  cp: ControlPlane,
  options: KubeletOptions,
): Promise<void> {
  const { command, dir, nodeAddress } = options;
  const state = join(dir, 'state', 'kubelet');
  const config = join(dir, 'kubelet.json');
  const identity = { user: `system:node:${nodeName}`, groups: ['system:nodes'] };
  await writeFile(join(dir, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  await writeFile(config, JSON.stringify(renderConfig(options)));
  const child = namespaces.start('kubelet', command, [
    `--config=${config}`,
    `--kubeconfig=${await writeKubeconfig(cp, dir, identity)}`,
    `--node-ip=${nodeAddress}`,
    `--hostname-override=${nodeName}`,
    `--root-dir=${state}`,
    `--cert-dir=${join(state, 'pki')}`,
  ]);
  await waitForNode(cp, child);
}

function renderConfig({ dir, nodeAddress, cgroup }: KubeletOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: join(dir, kubeletClientCa) },
    },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    failCgroupV1: false,
    enforceNodeAllocatable: ['none'],
    // Lowering it takes a capability that a container of CI lacks.
    oomScoreAdj: 0,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    resolvConf: join(dir, 'resolv.conf'),
    volumePluginDir: join(dir, 'state', 'volume-plugins'),
    // A full disk of the machine is none of our business.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    readOnlyPort: 0,
  };
}

interface Node {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Ready, and without the taint that a controller takes away after that. */
async function isNodeReady(cp: ControlPlane): Promise<boolean> {
  const { status, body } = await cp.get(`/api/v1/nodes/${nodeName}`);
  if (status !== 200) return false;
  const node = JSON.parse(body) as Node;
  const ready = node.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
  return ready === true && (node.spec.taints ?? []).length === 0;
}

async function waitForNode(cp: ControlPlane, kubelet: Child): Promise<void> {
  try {
    await pollUntil(async () => !kubelet.isRunning() || (await isNodeReady(cp)), {
      timeoutMs: 120_000,
      what: 'the node to be ready',
    });
  } catch (error) {
    throw new Error(`${String(error)}\n${kubelet.readLogTail()}`, { cause: error });
  }
  if (!kubelet.isRunning()) throw new Error(`the kubelet ended\n${kubelet.readLogTail()}`);
}
