/**
 * Adds up the results that the test runs wrote, and the commands of `.ci/run` that succeeded or failed.
 * Arguments: folder of the results, commands passed, commands failed. Exits 1 where anything failed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const [folder = '', commandsPassed = '0', commandsFailed = '0'] = process.argv.slice(2);
const sum = { passed: Number(commandsPassed), failed: Number(commandsFailed), skipped: 0 };
for (const file of readdirSync(folder)) {
  const results = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Results;
  sum.passed += results.numPassedTests;
  sum.failed += results.numFailedTests;
  sum.skipped += results.numPendingTests + results.numTodoTests;
}
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed > 0 ? 1 : 0;
