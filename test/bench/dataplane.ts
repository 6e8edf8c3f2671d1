/**
 * `node test/bench/dataplane.ts`: one sidecar against a bare Envoy in the same place (see README's figures). Needs
 * root. Ratios of interleaved rounds in one run. The first figure of a rate is requests per second of Envoy's own
 * CPU time, which other work on the machine changes little; "by the clock" is what the client saw. Environment:
 * ROUNDS, REQUESTS, IDLE_SECONDS make it shorter or longer; FEATURES=1 measures what each feature costs as well;
 * WRITE=1 puts the figures into README.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { bareBootstrap } from './dataplane-bootstraps.ts';
import { measureFeatures } from './dataplane-costs.ts';
import { measureBulk, measureMedianUs, measureRate, type Protocol } from './dataplane-load.ts';
import { cpuSecondsOf, privateMiBOf } from './dataplane-process.ts';
import { createRig, type Direction, type Proxied, type Rig } from './dataplane-rig.ts';
import { interleave, ratioOf } from './dataplane-rounds.ts';
import { reportFigures } from './figures.ts';
import { median, type Row } from './table.ts';

const requests = Number(process.env['REQUESTS'] ?? 20_000);
const idleSeconds = Number(process.env['IDLE_SECONDS'] ?? 30);
const directions: readonly Direction[] = ['inbound', 'outbound'];
const protocols: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2'];
const shape = { 'HTTP/1.1': '32 connections', 'HTTP/2': '100 streams' } as const;

const atLeast = (
  what: string,
  { byCpu, byClock }: { byCpu: number; byClock: number },
  reach: number,
): Row => ({
  what,
  measured: `${byCpu.toFixed(2)} (by the clock ${byClock.toFixed(2)})`,
  reach: `≥ ${reach}`,
  ok: byCpu >= reach,
});

const atMost = (what: string, value: number, most: number, unit: string, digits = 0): Row => ({
  what,
  measured: `${value.toFixed(digits)}${unit}`,
  reach: `≤ ${most}${unit}`,
  ok: value <= most,
});

async function measureRates(ours: Proxied, bare: Proxied): Promise<Row[]> {
  const rows: Row[] = [];
  for (const protocol of protocols)
    for (const direction of directions) {
      const rounds = await interleave([ours, bare], requests, (proxied) =>
        measureRate(proxied.way(direction), protocol, requests),
      );
      const what = `requests/s of the bare Envoy's, ${protocol}, ${shape[protocol]}, ${direction}`;
      rows.push(atLeast(what, ratioOf(rounds, 0, 1), 0.9));
    }
  return rows;
}

/** What a proxy adds to the median over the way without one. */
async function measureLatency(rig: Rig, ours: Proxied, bare: Proxied): Promise<Row[]> {
  const rows: Row[] = [];
  const count = Math.min(4000, requests);
  for (const protocol of protocols) {
    const ways = [rig.direct, ours.way('inbound'), bare.way('inbound')];
    const added: [number, number][] = [];
    for (let round = 0; round <= Number(process.env['ROUNDS'] ?? 5); round += 1) {
      const medians: number[] = [];
      for (const way of ways) medians.push(await measureMedianUs(way, protocol, count));
      const [direct = 0, our = 0, their = 0] = medians;
      if (round > 0) added.push([our - direct, their - direct]);
    }
    const ratio = median(added.map(([our, their]) => our / their));
    const [our, their] = [0, 1].map((index) => median(added.map((pair) => pair[index] ?? 0)).toFixed(0));
    const row = atMost(`median latency added, of the bare Envoy's, ${protocol}`, ratio, 1.1, '', 2);
    rows.push({ ...row, measured: `${row.measured} (${our} µs, the bare ${their} µs)` });
  }
  return rows;
}

async function measureOpaque(ours: Proxied, bare: Proxied): Promise<Row> {
  const mib = 4 * Math.ceil(requests / 40);
  const rounds = await interleave([ours, bare], mib, (proxied) => measureBulk(proxied.way('inbound'), mib));
  return atLeast("bytes/s of the bare Envoy's, opaque port, inbound", ratioOf(rounds, 0, 1), 0.95);
}

async function measureIdle(rig: Rig): Promise<Row[]> {
  const starts: Proxied[] = [];
  for (const name of ['start-1', 'start-2', 'start-3'])
    starts.push(await rig.addProxied(name, rig.bootstrap));
  const [fresh] = starts as [Proxied];
  const before = cpuSecondsOf(fresh.pid);
  await delay(idleSeconds * 1000);
  const milliCores = ((cpuSecondsOf(fresh.pid) - before) / idleSeconds) * 1000;
  const ready = atMost('ready after start', median(starts.map(({ readyMs }) => readyMs)), 500, ' ms');
  const cpuMs = median(starts.map(({ readyCpuMs }) => readyCpuMs)).toFixed(0);
  return [
    { ...ready, measured: `${ready.measured} (${cpuMs} ms of CPU time)` },
    atMost('private memory, idle', privateMiBOf(fresh.pid), 20, ' MiB', 1),
    atMost(`CPU, idle for ${idleSeconds} s`, milliCores, 3, ' m', 1),
  ];
}

// The hosts' processes do not keep ours alive.
const awake = setInterval(() => undefined, 60_000);
const rig = await createRig();
try {
  const ours = await rig.addProxied('ours', rig.bootstrap);
  const bare = await rig.addProxied('bare', bareBootstrap);
  const idle = await measureIdle(rig);
  const rates = await measureRates(ours, bare);
  const rows = [
    ...rates,
    ...(await measureLatency(rig, ours, bare)),
    await measureOpaque(ours, bare),
    ...idle,
  ];
  reportFigures('the data plane', rows);
  if (process.env['FEATURES'] === '1')
    process.stdout.write(`\n${await measureFeatures(rig, ours, bare, requests)}\n`);
} finally {
  await rig.stop();
  clearInterval(awake);
}
