/** How often the proxy dials the ports that probes ask it about. */
import type { TcpCheck } from '../proxy/tcp-check.ts';
import type { AskingProbe } from './tcp-probes.ts';

/** One check a port, sorted by port. */
export function tcpChecksFor(probes: readonly AskingProbe[]): TcpCheck[] {
  return [...Map.groupBy(probes, ({ port }) => port)]
    .map(([port, asking]) => checkFor(port, asking))
    .toSorted((a, b) => a.port - b.port);
}

/**
 * Twice in the shortest period, so that an answer is at most half a period old and no two answers are the same
 * dial; more often would only be connections that the application sees and nobody asks for. (While the port
 * accepts nothing it is dialled each second, whatever the period.) A startup probe is over when it has passed,
 * so that its period counts only where it is alone. As patient as the most patient of the probes.
 */
function checkFor(port: number, probes: readonly AskingProbe[]): TcpCheck {
  const lasting = probes.filter(({ field }) => field !== 'startupProbe');
  const counting = lasting.length > 0 ? lasting : probes;
  const period = counting.reduce((least, { periodSeconds }) => Math.min(least, periodSeconds), Infinity);
  const timeout = probes.reduce((most, { timeoutSeconds }) => Math.max(most, timeoutSeconds), 1);
  return { port, intervalMs: Math.max(1000, 500 * period), timeoutMs: 1000 * timeout };
}
