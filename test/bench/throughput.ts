/** Reviews per second and their latency, against the bound, in interleaved rounds of one run. */
import { applyLoad, pinToSecondCore, type Measured } from './load.ts';
import type { Row } from './table.ts';
import { largeReview, smallReview } from './reviews.ts';
import type { MeasuredServer } from './servers.ts';

interface Case {
  readonly what: string;
  readonly body: string;
  readonly connections: number;
  readonly reach: number;
}

const cases: readonly Case[] = [
  { what: 'reviews/s, 4.6 kB pod, 16 connections', body: smallReview(), connections: 16, reach: 0.7 },
  { what: 'reviews/s, 4.6 kB pod, 64 connections', body: smallReview(), connections: 64, reach: 0.65 },
  { what: 'reviews/s, 61 kB pod, 16 connections', body: largeReview(), connections: 16, reach: 0.9 },
];

const rounds = Number(process.env['ROUNDS'] ?? 5);
const secondsEach = Number(process.env['SECONDS_EACH'] ?? 4);

export async function measureThroughput(ours: MeasuredServer, bound: MeasuredServer): Promise<Row[]> {
  pinToSecondCore();
  const rows: Row[] = [];
  for (const { what, body, connections, reach } of cases) {
    const measured = await interleave(ours, bound, body, connections);
    const ratio = median(measured.map(([our, their]) => our.perSecond / their.perSecond));
    rows.push({ what, measured: ratio.toFixed(2), reach: `≥ ${reach}`, ok: ratio >= reach });
    if (connections === 16 && reach === 0.7) rows.push(latencyRow(measured));
  }
  return rows;
}

function latencyRow(measured: readonly (readonly [Measured, Measured])[]): Row {
  const ratio = median(measured.map(([our, their]) => our.p99Ms / Math.max(1, their.p99Ms)));
  return {
    what: 'p99 at 16 connections, against the bound',
    measured: ratio.toFixed(2),
    reach: '≤ 2',
    ok: ratio <= 2,
  };
}

async function interleave(
  ours: MeasuredServer,
  bound: MeasuredServer,
  body: string,
  connections: number,
): Promise<(readonly [Measured, Measured])[]> {
  const load = (port: number, seconds: number): Promise<Measured> =>
    applyLoad({ port, body, connections, seconds });
  await load(ours.port, 2);
  await load(bound.port, 2);
  const pairs: (readonly [Measured, Measured])[] = [];
  for (let round = 0; round < rounds; round += 1)
    pairs.push([await load(ours.port, secondsEach), await load(bound.port, secondsEach)]);
  return pairs;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
