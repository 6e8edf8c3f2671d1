/** From the start of the bundled program to its first right answer, without a cluster. */
import { postReview } from './post.ts';
import { smallReview } from './reviews.ts';
import { startBound, startOffline, type MeasuredServer } from './servers.ts';
import type { Setting } from './setting.ts';
import { median, type Row } from './table.ts';

const runs = 7;

export async function measureStartup(setting: Setting): Promise<Row[]> {
  const ours: number[] = [];
  const bound: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    ours.push(await firstAnswerMs(() => startOffline(setting)));
    bound.push(await firstAnswerMs(() => startBound(setting, 20_000)));
  }
  const ms = median(ours);
  return [
    {
      what: 'start to first right answer, bundled, offline',
      measured: `${Math.round(ms)} ms (the bound ${Math.round(median(bound))} ms)`,
      reach: '≤ 250 ms',
      ok: ms <= 250,
    },
  ];
}

async function firstAnswerMs(start: () => Promise<MeasuredServer>): Promise<number> {
  const startedAt = performance.now();
  const server = await start();
  await postReview(server.port, smallReview());
  const ms = performance.now() - startedAt;
  await server.stop();
  return ms;
}
