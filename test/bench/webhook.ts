/**
 * The webhook's figures, measured in one run. Takes some minutes. Environment: ROUNDS, SECONDS_EACH, REVIEWS make it
 * shorter or longer; WRITE=1 puts the table into README.
 */
import { reportFigures } from './figures.ts';
import { measureMemory } from './memory.ts';
import { measurePatchSize } from './patch-size.ts';
import { postReview } from './post.ts';
import { smallReview } from './reviews.ts';
import { startBound, startOffline } from './servers.ts';
import { prepareSetting, type Setting } from './setting.ts';
import { measureStartup } from './startup.ts';
import type { Row } from './table.ts';
import { measureNewTemplates, measureThroughput } from './throughput.ts';

async function measureAgainstBound(setting: Setting): Promise<Row[]> {
  const ours = await startOffline(setting);
  const answer = await postReview(ours.port, smallReview());
  const bound = await startBound(setting, answer.length);
  try {
    return [
      ...(await measureThroughput(ours, bound)),
      ...(await measureNewTemplates(ours)),
      ...(await measurePatchSize(ours)),
    ];
  } finally {
    await ours.stop();
    await bound.stop();
  }
}

const setting = await prepareSetting();
try {
  const startup = await measureStartup(setting);
  const againstBound = await measureAgainstBound(setting);
  reportFigures('the webhook', [...againstBound, ...startup, ...(await measureMemory(setting))]);
} finally {
  await setting.remove();
}
