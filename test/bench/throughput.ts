/**
 * Reviews per second and their latency, against the bound, in interleaved rounds of one run. On a machine that
 * does other things as well, the rate by the clock says little: the figure is the rate per second of the
 * server's own CPU time, which is the same on an idle machine, where the server's core is always busy.
 */
import { applyLoad, pinToSecondCore, type Load, type Measured } from './load.ts';
import { largeReview, reviewsWithNewNames, reviewsWithNewPorts, smallReview } from './reviews.ts';
import type { MeasuredServer } from './servers.ts';
import { median, type Row } from './table.ts';

interface Case {
  readonly what: string;
  readonly body: string;
  readonly connections: number;
  readonly reach: number;
}

const cases: readonly Case[] = [
  {
    what: 'reviews/s of the bound, 4.6 kB pod, 16 connections',
    body: smallReview(),
    connections: 16,
    reach: 0.6,
  },
  {
    what: 'reviews/s of the bound, 4.6 kB pod, 64 connections',
    body: smallReview(),
    connections: 64,
    reach: 0.58,
  },
  {
    what: 'reviews/s of the bound, 61 kB pod, 16 connections',
    body: largeReview(),
    connections: 16,
    reach: 0.72,
  },
];

/** Templates that nobody has sent yet, beside copies of one: what a review costs then, of what a copy's costs. */
const newTemplates = [
  {
    what: "CPU per review of a copy's, a new container name each time",
    body: reviewsWithNewNames(),
    most: 2.5,
  },
  { what: "CPU per review of a copy's, new ports each time", body: reviewsWithNewPorts(), most: 4 },
] as const;

interface Round extends Measured {
  readonly perCpuSecond: number;
}

const rounds = Number(process.env['ROUNDS'] ?? 5);
const seconds = Number(process.env['SECONDS_EACH'] ?? 4);

export async function measureThroughput(ours: MeasuredServer, bound: MeasuredServer): Promise<Row[]> {
  pinToSecondCore();
  const rows: Row[] = [];
  for (const { what, body, connections, reach } of cases) {
    const pairs = await interleave(ours, bound, body, connections);
    const ratio = median(pairs.map(([our, their]) => our.perCpuSecond / their.perCpuSecond));
    const byClock = median(pairs.map(([our, their]) => our.perSecond / their.perSecond));
    rows.push({
      what,
      measured: `${ratio.toFixed(2)} (by the clock ${byClock.toFixed(2)})`,
      reach: `≥ ${reach}`,
      ok: ratio >= reach,
    });
    if (connections === 16 && body.length < 10_000) rows.push(latencyRow(pairs));
  }
  return rows;
}

export async function measureNewTemplates(ours: MeasuredServer): Promise<Row[]> {
  pinToSecondCore();
  const rows: Row[] = [];
  for (const { what, body, most } of newTemplates) {
    const ratios: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const copies = await measure(ours, smallReview(), 16);
      const anew = await measure(ours, body, 16);
      if (round > 0) ratios.push(copies.perCpuSecond / anew.perCpuSecond);
    }
    const ratio = median(ratios);
    rows.push({ what, measured: ratio.toFixed(2), reach: `≤ ${most}`, ok: ratio <= most });
  }
  return rows;
}

function latencyRow(pairs: readonly (readonly [Round, Round])[]): Row {
  const ratio = median(pairs.map(([our, their]) => our.p99Ms / Math.max(1, their.p99Ms)));
  const what = "99th percentile of the bound's, 4.6 kB pod, 16 connections";
  return { what, measured: ratio.toFixed(2), reach: '≤ 2', ok: ratio <= 2 };
}

async function interleave(
  ours: MeasuredServer,
  bound: MeasuredServer,
  body: string,
  connections: number,
): Promise<(readonly [Round, Round])[]> {
  const pairs: (readonly [Round, Round])[] = [];
  for (let round = 0; round <= rounds; round += 1)
    pairs.push([await measure(ours, body, connections), await measure(bound, body, connections)]);
  return pairs.slice(1); // the first warms up
}

async function measure(server: MeasuredServer, body: Load['body'], connections: number): Promise<Round> {
  const before = server.cpuSeconds();
  const load = await applyLoad({ port: server.port, body, connections, seconds });
  return { ...load, perCpuSecond: load.total / (server.cpuSeconds() - before) };
}
