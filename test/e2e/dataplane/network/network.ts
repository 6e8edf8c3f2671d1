/** A network of hosts on one bridge, all in namespaces of their own: nothing outside can be reached or reach it. */
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../process/child.ts';
import { runCommandOk } from '../../process/run-command.ts';
import { endAtExit, forget } from '../../process/leftovers.ts';
import { Host } from './host.ts';
import { startHolder } from './holder.ts';

export interface Network {
  /** The bridge's own host, 10.77.0.1: where the kubelet's probes come from. */
  readonly node: Host;
  /** A host without a proxy. */
  addHost(name: string): Promise<Host>;
  /** Ends all hosts, latest first. */
  stop(): Promise<void>;
}

const addressOf = (index: number): { ip: string; ipv6: string } => ({
  ip: `10.77.0.${index}`,
  ipv6: `fd77::${index.toString(16)}`,
});

const folderPrefix = 'outrigger-network-';

/** Removes the folders of runs that were killed; their namespaces have ended with them. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(folderPrefix) ? Number.parseInt(name.slice(folderPrefix.length), 10) : 0;
    if (pid > 0 && !isRunning(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

export async function createNetwork(): Promise<Network> {
  await sweep();
  const dir = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  await chmod(dir, 0o755);
  const atExit = endAtExit(() => rmSync(dir, { recursive: true, force: true }));
  const hosts: Host[] = [];

  async function start(name: string): Promise<Host> {
    const { ip, ipv6 } = addressOf(hosts.length + 1);
    const names = [`${ip} ${name}`, `${ipv6} ${name}`];
    const host = new Host(name, ip, ipv6, await startHolder({ name, home: join(dir, name), hosts: names }));
    hosts.push(host);
    return host;
  }

  const node = await start('node');
  await ip(node, 'link', 'add', 'bridge', 'type', 'bridge');
  await giveAddress(node, 'bridge');
  return {
    node,
    async addHost(name) {
      const host = await start(name);
      const port = `port${hosts.length}`;
      await ip(node, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(host.pid));
      await ip(node, 'link', 'set', port, 'master', 'bridge', 'up');
      await giveAddress(host, 'eth0');
      await ip(host, 'route', 'add', 'default', 'via', node.ip);
      return host;
    },
    async stop() {
      for (const host of hosts.toReversed()) await host.stop();
      await rm(dir, { recursive: true, force: true });
      forget(atExit);
    },
  };
}

async function giveAddress(host: Host, device: string): Promise<void> {
  await ip(host, 'address', 'add', `${host.ip}/24`, 'dev', device);
  await ip(host, 'address', 'add', `${host.ipv6}/64`, 'dev', device, 'nodad');
  await ip(host, 'link', 'set', device, 'up');
}

async function ip(host: Host, ...args: readonly string[]): Promise<void> {
  await runCommandOk('nsenter', ['--target', String(host.pid), '--net', 'ip', ...args]);
}
