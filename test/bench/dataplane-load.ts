/** Loads, each bounded by a count, and what the client saw of them. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../e2e/dataplane/network/host.ts';
import { ensureDebianParts } from '../e2e/parts/debian.ts';
import { ensureGoProgram } from '../e2e/parts/go-program.ts';
import { bulkPort, webPort } from './dataplane-bootstraps.ts';
import { median } from './table.ts';

/** One client and one server; a proxy may stand between them. */
export interface Way {
  readonly from: Host;
  readonly to: Host;
}

export type Protocol = 'HTTP/1.1' | 'HTTP/2';

/** h2load's options: 32 connections, or 100 streams on one. */
const shapes: Readonly<Record<Protocol, readonly string[]>> = {
  'HTTP/1.1': ['--h1', '-c', '32'],
  'HTTP/2': ['-c', '1', '-m', '100'],
};

/** Requests per second by the clock. */
export async function measureRate(way: Way, protocol: Protocol, count: number): Promise<number> {
  const said = await h2load(way, [...shapes[protocol], '-n', `${count}`]);
  const finished = /finished in ([\d.]+)(m?s|us)/u.exec(said);
  const unit = { us: 1e-6, ms: 1e-3, s: 1 }[finished?.[2] ?? 's'] ?? 1;
  return count / (Number(finished?.[1]) * unit);
}

/** The median time of a request, in µs, one after the other on one connection. */
export async function measureMedianUs(way: Way, protocol: Protocol, count: number): Promise<number> {
  const log = join(await way.from.makeDir('h2load'), 'requests.log');
  await rm(log, { force: true });
  const one = protocol === 'HTTP/1.1' ? ['--h1', '-c', '1'] : ['-c', '1', '-m', '1'];
  await h2load(way, [...one, '-n', `${count}`, `--log-file=${way.from.inside(log)}`]);
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  return median(lines.map((line) => Number(line.split('\t')[2])));
}

async function h2load({ from, to }: Way, args: readonly string[]): Promise<string> {
  const parts = await ensureDebianParts();
  const { stdout, stderr, code } = await from.run({
    command: await parts.find('h2load'),
    args: [...args, '-t', '1', `http://${to.ip}:${webPort}/`],
    env: parts.env,
  });
  if (code !== 0 || !/ 0 failed, 0 errored/u.test(stdout)) throw new Error(`h2load: ${stderr}${stdout}`);
  return stdout;
}

/** MiB per second by the clock, over four connections. */
export async function measureBulk({ from, to }: Way, mib: number): Promise<number> {
  const args = ['pull', '--address', `${to.ip}:${bulkPort}`, '--connections', '4', '--mib', `${mib / 4}`];
  const { stdout, stderr, code } = await from.run({
    command: await ensureGoProgram('grpc-peer'),
    args,
  });
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { mibPerSecond: number }).mibPerSecond;
}
