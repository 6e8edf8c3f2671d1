/**
 * Adds up the results that the test runs wrote, and the commands of `.ci/run` that succeeded or failed; before that,
 * what each tier took. Arguments: folder of the results, commands passed, commands failed. Exits 1 where anything failed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    /** Milliseconds since 1970. */
    readonly startTime: number;
    readonly endTime: number;
  }[];
}

const [folder = '', commandsPassed = '0', commandsFailed = '0'] = process.argv.slice(2);
const sum = { passed: Number(commandsPassed), failed: Number(commandsFailed), skipped: 0 };
const secondsOf = new Map<string, number>();
for (const file of readdirSync(folder)) {
  const results = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Results;
  sum.passed += results.numPassedTests;
  sum.failed += results.numFailedTests;
  sum.skipped += results.numPendingTests + results.numTodoTests;
  for (const { name, startTime, endTime } of results.testResults) {
    const tier = /(test\/e2e\/[^/]+|test)\//u.exec(path.relative('.', name))?.[1] ?? name;
    secondsOf.set(tier, (secondsOf.get(tier) ?? 0) + (endTime - startTime) / 1000);
  }
}
for (const [tier, seconds] of secondsOf)
  process.stdout.write(`${seconds.toFixed(0).padStart(6)} s  ${tier}\n`);
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed > 0 ? 1 : 0;
