/** Logs so many lines on its stdout, and tells on stderr what became of them. */
import { setTimeout as wait } from 'node:timers/promises';
import { createLog } from '../../src/commands/log.ts';

const [, , lines = '0', length = '0'] = process.argv;
const log = createLog();
for (let line = 0; line < Number(lines); line += 1) {
  log.review({ text: 'x'.repeat(Number(length)) });
  if (line % 1000 === 0) await wait(1);
}
const failure = await log.flush();
process.stderr.write(`${JSON.stringify({ dropped: log.dropped, failure: failure?.code })}\n`);
await new Promise((resolve) => process.stdin.once('data', resolve));
await log.flush();
await log.flush();
process.exit();
