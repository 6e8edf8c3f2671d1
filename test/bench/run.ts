/**
 * `npm run bench`: every figure of README's table, measured in one run. Takes some minutes. Environment: ROUNDS,
 * SECONDS_EACH, REVIEWS make it shorter or longer; WRITE=1 puts the table into README.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { measureMemory } from './memory.ts';
import { measurePatchSize } from './patch-size.ts';
import { postReview } from './post.ts';
import { smallReview } from './reviews.ts';
import { startBound, startOffline } from './servers.ts';
import { prepareSetting, type Setting } from './setting.ts';
import { measureStartup } from './startup.ts';
import { formatRows, type Row } from './table.ts';
import { measureThroughput } from './throughput.ts';

async function measureAgainstBound(setting: Setting): Promise<Row[]> {
  const ours = await startOffline(setting);
  const answer = await postReview(ours.port, smallReview());
  const bound = await startBound(setting, answer.length);
  try {
    return [...(await measureThroughput(ours, bound)), ...(await measurePatchSize(ours))];
  } finally {
    await ours.stop();
    await bound.stop();
  }
}

function writeIntoReadme(table: string): void {
  const readme = new URL('../../README.md', import.meta.url);
  const text = readFileSync(readme, 'utf8');
  const figures = /(<!-- figures: begin[^\n]*-->\n)[^]*(<!-- figures: end -->)/u;
  writeFileSync(
    readme,
    text.replace(figures, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
  );
}

const setting = await prepareSetting();
try {
  const startup = await measureStartup(setting);
  const againstBound = await measureAgainstBound(setting);
  const table = formatRows([...againstBound, ...startup, ...(await measureMemory(setting))]);
  process.stdout.write(`${table}\n`);
  if (process.env['WRITE'] === '1') writeIntoReadme(table);
} finally {
  await setting.remove();
}
