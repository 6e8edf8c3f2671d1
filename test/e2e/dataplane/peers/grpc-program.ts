/** The program of test/e2e/parts/grpc on a host: its server, and its clients that tell in JSON what they saw. */
import type { Child } from '../../process/child.ts';
import { ensureGoProgram } from '../../parts/go-program.ts';
import { pollUntil } from '../../poll-until.ts';
import type { Host } from '../network/host.ts';

const ensureProgram = (): Promise<string> => ensureGoProgram('grpc-peer');

/** Where it serves: gRPC, HTTP/1.1 and HTTP/2 in clear text, and plain TCP that comes back. */
export const serverPorts = { grpc: 50_051, http: 8080, echo: 6379 } as const;

/** Starts the server on a host and waits until all of its ports accept. */
export async function startServer(host: Host): Promise<Child> {
  const { grpc, http, echo } = serverPorts;
  const args = ['serve', '--grpc', `:${grpc}`, '--http', `:${http}`, '--echo', `:${echo}`];
  const server = host.start('grpc-peer', { command: await ensureProgram(), args });
  await pollUntil(async () => !server.isRunning() || (await listeningPorts(host)).includes(echo), {
    timeoutMs: 20_000,
    what: `the server on ${host.name}`,
  });
  if (!server.isRunning()) throw new Error(`the server has ended: ${server.readLogTail()}`);
  return server;
}

/** Of the host's own network, as the kernel shows them: a connection to see would be counted by a proxy. */
async function listeningPorts(host: Host): Promise<number[]> {
  const { stdout } = await host.run({ command: 'cat', args: ['/proc/net/tcp', '/proc/net/tcp6'] });
  const listening = [...stdout.matchAll(/: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A /gu)];
  return listening.map(([, port]) => Number.parseInt(port ?? '', 16));
}

/** What `streams` and `requests` tell. */
export interface Tally {
  readonly whole: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly firstByteMs: number;
  readonly ms: number;
}

/** What `load` tells. */
export interface LoadReport {
  readonly sent: number;
  readonly failed: number;
  readonly unexpected: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** gRPC calls one after the other: how often each status came. */
export function call(host: Host, args: readonly string[]): Promise<Readonly<Record<string, number>>> {
  return runClient(host, ['call', ...args]);
}

/** Many gRPC streams that are all open at once. */
export function streams(host: Host, args: readonly string[]): Promise<Tally> {
  return runClient(host, ['streams', ...args]);
}

/** Many HTTP requests at once, twice. */
export function requests(host: Host, args: readonly string[]): Promise<Tally> {
  return runClient(host, ['requests', ...args]);
}

/** Requests at a steady rate, a part of which fails. */
export function load(host: Host, args: readonly string[]): Promise<LoadReport> {
  return runClient(host, ['load', ...args]);
}

async function runClient<Report>(host: Host, args: readonly string[]): Promise<Report> {
  const program = { command: await ensureProgram(), args, timeoutMs: 110_000 };
  const { code, stdout, stderr } = await host.run(program);
  if (code !== 0) throw new Error(`${args[0]} on ${host.name} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Report;
}
