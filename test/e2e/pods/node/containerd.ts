import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntilReady } from '../../cluster/wait-until-ready.ts';
import type { DebianParts } from '../../parts/debian.ts';
import { imageNames } from '../../parts/pod-images.ts';
import type { Namespaces } from './namespaces.ts';

export const containerdSocket = '/run/containerd/containerd.sock';

/** Starts containerd, with pods that are routed (ptp), not bridged: Services then need no bridge netfilter. */
export async function startContainerd(
  namespaces: Namespaces,
  debian: DebianParts,
  { dir, podRange }: { readonly dir: string; readonly podRange: string },
): Promise<void> {
  const networks = join(dir, 'cni');
  await mkdir(networks);
  await writeFile(join(networks, '10-pods.conflist'), renderNetwork(dir, podRange));
  const config = join(dir, 'containerd.toml');
  const programs = { runc: await debian.find('runc'), cni: join(debian.root, 'usr/lib/cni') };
  await writeFile(config, renderConfig(dir, { ...programs, networks }));
  const child = namespaces.start('containerd', await debian.find('containerd'), ['--config', config]);
  const ctr = await debian.find('ctr');
  await waitUntilReady(child, async () => {
    await namespaces.run(ctr, ['--address', containerdSocket, 'version']);
    return true;
  });
}

/** Imports images from archives, as the kubelet's client of containerd sees them. */
export async function importImages(
  namespaces: Namespaces,
  debian: DebianParts,
  archives: readonly string[],
): Promise<void> {
  const ctr = await debian.find('ctr');
  const args = ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', 'import'];
  await Promise.all(archives.map((archive) => namespaces.run(ctr, [...args, archive])));
}

/** A folder for PATH with the commands that Debian makes when iptables is installed. */
export async function linkIptables(debian: DebianParts, dir: string): Promise<string> {
  const bin = join(dir, 'bin');
  await mkdir(bin);
  const program = await debian.find('xtables-nft-multi');
  for (const suffix of ['', '-save', '-restore']) {
    await symlink(program, join(bin, `iptables${suffix}`));
    await symlink(program, join(bin, `ip6tables${suffix}`));
  }
  return bin;
}

function renderNetwork(dir: string, podRange: string): string {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(dir, 'state', 'addresses'),
  };
  return JSON.stringify({ cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'ptp', ipam }] });
}

interface ConfigPaths {
  readonly runc: string;
  readonly cni: string;
  readonly networks: string;
}

/** JSON's strings are TOML's as well. */
function renderConfig(dir: string, { runc, cni, networks }: ConfigPaths): string {
  const text = JSON.stringify;
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${text(join(dir, 'state', 'containerd'))}
state = "/run/containerd"
[grpc]
address = ${text(containerdSocket)}
[${cri}]
sandbox_image = ${text(imageNames.pause)}
disable_apparmor = true
restrict_oom_score_adj = true
[${cri}.cni]
bin_dir = ${text(cni)}
conf_dir = ${text(networks)}
[${cri}.containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"
[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
BinaryName = ${text(runc)}
SystemdCgroup = false
`;
}
