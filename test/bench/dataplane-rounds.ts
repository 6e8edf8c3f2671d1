/** Interleaved rounds, so that what else happens on the machine meets all that are compared alike. */
import { cpuSecondsOf } from './dataplane-process.ts';
import type { Proxied } from './dataplane-rig.ts';
import { median } from './table.ts';

export interface Measured {
  /** By the clock. */
  readonly perSecond: number;
  /** Per second of Envoy's CPU time. */
  readonly perCpuSecond: number;
}

const rounds = Number(process.env['ROUNDS'] ?? 5);

/** Of each round, what was measured of each proxy; a round before the first warms up. */
export async function interleave(
  proxies: readonly Proxied[],
  amount: number,
  measurePerSecond: (proxied: Proxied) => Promise<number>,
): Promise<Measured[][]> {
  const measured: Measured[][] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const results = new Map<Proxied, Measured>();
    // Every other round the other way round: whoever is first has no advantage.
    for (const proxied of round % 2 === 0 ? proxies : proxies.toReversed()) {
      const before = cpuSecondsOf(proxied.pid);
      const perSecond = await measurePerSecond(proxied);
      results.set(proxied, { perSecond, perCpuSecond: amount / (cpuSecondsOf(proxied.pid) - before) });
    }
    if (round > 0) measured.push(proxies.map((proxied) => results.get(proxied)!));
  }
  return measured;
}

/** The median over the rounds of one proxy's rate as a share of another's. */
export function ratioOf(
  measured: readonly (readonly Measured[])[],
  one: number,
  other: number,
): { byCpu: number; byClock: number } {
  const shareOf = (key: keyof Measured): number =>
    median(measured.map((round) => (round[one]?.[key] ?? 0) / (round[other]?.[key] ?? 0)));
  return { byCpu: shareOf('perCpuSecond'), byClock: shareOf('perSecond') };
}
