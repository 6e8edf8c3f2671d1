import { readFile } from 'node:fs/promises';
import { pollUntil } from '../../poll-until.ts';
import type { Child } from '../../process/child.ts';
import type { Host, Program } from '../network/host.ts';

/** Starts a server on a host and waits until it listens on all the ports. Throws with its log where it ends before. */
export async function startServer(
  host: Host,
  name: string,
  program: Program,
  ports: readonly number[],
): Promise<Child> {
  const child = host.start(name, program);
  await pollUntil(async () => !child.isRunning() || (await isListening(host, ports)), {
    timeoutMs: 60_000,
    what: `${name} on ${host.name} to listen on ${ports.join()}`,
  });
  if (!child.isRunning()) throw new Error(`${name} on ${host.name} ended: ${child.readLogTail()}`);
  return child;
}

/** Read from the kernel: a connection would be counted by some servers. See proc_net_tcp in the kernel's documentation. */
async function isListening({ pid }: Host, ports: readonly number[]): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const listening = tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .filter(([, , , state]) => state === '0A')
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
  return ports.every((port) => listening.includes(port));
}
