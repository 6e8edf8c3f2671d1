import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { pollUntil } from '../e2e/poll-until.ts';

const fixture = fileURLToPath(new URL('./log.fixture.ts', import.meta.url));

function startLogging(lines: number, length: number, stdout: 'pipe' | number = 'pipe') {
  const child = spawn(process.execPath, [fixture, String(lines), String(length)], {
    stdio: ['pipe', stdout, 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const told = () =>
    pollUntil(() => (stderr.includes('\n') ? (JSON.parse(stderr) as Record<string, unknown>) : undefined), {
      timeoutMs: 60_000,
      what: 'the log to be flushed',
    });
  return { child, exited, told };
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

it('a log whose reader does not read drops lines, counts them, and says so when it is read again', async () => {
  const { child, told } = startLogging(10_000, 400);
  const { dropped } = await told();
  expect(dropped).toBeGreaterThan(1000);
  child.stdin?.write('\n');
  const lines = (await textOf(child.stdout!)).split('\n').filter((line) => line !== '');
  const reviews = lines.filter((line) => line.includes('"msg":"review"'));
  expect(reviews.length + Number(dropped)).toBe(10_000);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
    expect.objectContaining({ level: 40, lines: dropped, msg: 'lines were dropped, as nobody took them' }),
  );
});

it('a log without a reader counts all lines as dropped, and ends', async () => {
  const { child, exited, told } = startLogging(10_000, 400);
  child.stdout?.destroy();
  expect((await told())['dropped']).toBeGreaterThan(5000);
  child.stdin?.write('\n');
  expect(await exited).toEqual([0, null]);
});

it('a log on a full disk tells what is wrong, and ends', async () => {
  const { child, exited, told } = startLogging(10, 400, openSync('/dev/full', 'w'));
  expect(await told()).toMatchObject({ failure: 'ENOSPC' });
  child.stdin?.write('\n');
  expect(await exited).toEqual([0, null]);
});

it('no line of a log is longer than 4 KiB', async () => {
  const { child, told } = startLogging(3, 10_000);
  await told();
  child.stdin?.write('\n');
  const lines = (await textOf(child.stdout!)).split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    expect(Buffer.byteLength(line)).toBeLessThan(4096);
    expect(JSON.parse(line)).toMatchObject({ level: 30, msg: 'review', bytes: expect.any(Number) });
  }
});
