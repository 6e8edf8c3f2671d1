/** Load over HTTPS with kept connections, bounded in count or time, from the second core. */
import autocannon from 'autocannon';
import { execFileSync } from 'node:child_process';

export interface Load {
  readonly port: number;
  /** The same each time, or another each time. */
  readonly body: string | (() => string);
  readonly connections: number;
  /** Either so many seconds, or so many reviews. */
  readonly seconds?: number;
  readonly amount?: number;
}

export interface Measured {
  /** Answers received. */
  readonly total: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Keeps this process off the servers' core. */
export function pinToSecondCore(): void {
  execFileSync('taskset', ['-cp', '1', String(process.pid)], { stdio: 'ignore' });
}

/** @throws where a single answer was not 200 */
export async function applyLoad({ port, body, connections, seconds, amount }: Load): Promise<Measured> {
  const result = await autocannon({
    url: `https://127.0.0.1:${port}/mutate/labelled`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(typeof body === 'string'
      ? { body }
      : { requests: [{ setupRequest: (request: object) => ({ ...request, body: body() }) }] }),
    connections,
    ...(amount === undefined ? { duration: seconds ?? 5 } : { amount }),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} failed`);
  return {
    total: result.requests.total,
    perSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
