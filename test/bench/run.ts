/** `npm run bench`: every figure of README's table, measured in one run. */
import { postReview } from './post.ts';
import { smallReview } from './reviews.ts';
import { startBound, startOutrigger } from './servers.ts';
import { prepareSetting } from './setting.ts';
import { formatRows, type Row } from './table.ts';
import { measureThroughput } from './throughput.ts';

const setting = await prepareSetting();
const { certFile, keyFile, namespacesFile } = setting;
const ours = await startOutrigger(certFile, keyFile, namespacesFile);
const answer = await postReview(ours.port, smallReview());
const bound = await startBound(certFile, keyFile, answer.length);
const rows: Row[] = [];
try {
  rows.push(...(await measureThroughput(ours, bound)));
} finally {
  await ours.stop();
  await bound.stop();
  await setting.remove();
}
process.stdout.write(`${formatRows(rows)}\n`);
