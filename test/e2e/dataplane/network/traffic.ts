/** What the proxies between a client and a server count while something happens. */
import { readMetric } from '../../api/metrics.ts';
import { pollUntil } from '../../poll-until.ts';
import type { Pair } from './placements.ts';

/** Of one proxy; connections and bytes are those that it passed on as plain TCP. */
export interface Traffic {
  readonly accepted: number;
  /** Connections that waited in vain for their client's first bytes. */
  readonly waits: number;
  /** Closed ones, from here on under the port's own labels. */
  readonly closed: number;
  /** Bytes from the client. */
  readonly read: number;
  /** Bytes to the client. */
  readonly written: number;
}

export interface Measured<T> {
  readonly result: T;
  readonly ms: number;
  /** In the order of the pair's proxies. */
  readonly traffic: readonly Traffic[];
}

/**
 * Resolves when each connection that was accepted meanwhile has ended and stands under the labels of the port;
 * no other traffic may pass the proxies.
 * @param port that the server listens on, declared by its pod
 */
export async function trafficDuring<T>(
  pair: Pair,
  port: number,
  action: () => Promise<T>,
): Promise<Measured<T>> {
  const before = await readTraffic(pair, port);
  const start = performance.now();
  const result = await action();
  const ms = performance.now() - start;
  const traffic = await pollUntil(
    async () => {
      const after = (await readTraffic(pair, port)).map((one, index) => difference(one, before[index]!));
      return after.every(({ accepted, closed }) => accepted === closed) && after;
    },
    { timeoutMs: 10_000, what: `all connections to be counted as closed on port ${port}` },
  );
  return { result, ms, traffic };
}

export function readTraffic({ proxies }: Pair, port: number): Promise<Traffic[]> {
  return Promise.all(
    proxies.map(async ({ pod, direction }) => {
      const text = await pod.scrape();
      const labels = { direction, port: String(port) };
      return {
        accepted: readMetric(text, 'envoy_tcp_downstream_cx_total', { envoy_tcp_prefix: direction }),
        waits: readMetric(text, 'envoy_listener_downstream_pre_cx_timeout'),
        closed: readMetric(text, 'envoy_outrigger_tcp_close_total', labels),
        read: readMetric(text, 'envoy_outrigger_tcp_read_bytes_total', labels),
        written: readMetric(text, 'envoy_outrigger_tcp_write_bytes_total', labels),
      };
    }),
  );
}

function difference(after: Traffic, before: Traffic): Traffic {
  return {
    accepted: after.accepted - before.accepted,
    waits: after.waits - before.waits,
    closed: after.closed - before.closed,
    read: after.read - before.read,
    written: after.written - before.written,
  };
}
