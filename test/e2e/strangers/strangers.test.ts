/**
 * The program as it is published, 50 good reviews a second, and a stranger. None of the good ones is refused, and the
 * program stays as small as the chart's limit wants it. STRANGER_SECONDS makes each mixture longer.
 */
import { request } from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import { runCommand } from '../process/run-command.ts';
import { startChild } from '../process/child.ts';
import { goodReview, largeReview, path as reviewPath } from './bodies.ts';
import type { Measured } from './good-client.ts';
import { serveBundle, type Served } from './program.ts';

const seconds = Number(process.env['STRANGER_SECONDS'] ?? 5);

const script = (name: string): string => path.join(import.meta.dirname, name);

/** How long the API server waits if it is not told; a busy machine must not break this, a quiet one shows a hundredth. */
const mostP99Ms = 10_000;

/** The kubelet asks again; a quiet machine shows some milliseconds. */
const mostLiveMs = 5000;

/** The chart's memory limit. */
const mostMiB = 256;

function startStranger(kind: string, { port }: Served, home: string): void {
  const stranger = startChild({
    name: 'stranger',
    command: process.execPath,
    home,
    logFile: '/dev/null',
    args: [script('stranger.ts'), kind, String(port)],
  });
  onTestFinished(() => stranger.stop('SIGKILL'));
}

/** The longest time that /live took, asked again and again. */
async function watchLive({ opsPort }: Served, isOver: () => boolean): Promise<number> {
  let longest = 0;
  while (!isOver()) {
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${opsPort}/live`, { headers: { connection: 'close' } });
    expect(answer.status).toBe(200);
    longest = Math.max(longest, performance.now() - started);
    await delay(100);
  }
  return longest;
}

async function sendGood({ port }: Served): Promise<Measured> {
  const args = [script('good-client.ts'), String(port), String(seconds)];
  const { stdout, stderr, code } = await runCommand(process.execPath, args, {
    timeoutMs: (seconds + 60) * 1000,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Measured;
}

describe('good reviews are answered', () => {
  it.each([
    'a byte per 5 s',
    '8 with 7 MiB of objects',
    '64 with 7 MiB of objects',
    '8 with reviews of 7 MiB',
    '64 with reviews of 7 MiB',
    '1,200 idle',
    '200 slow bodies',
    '40 that never read',
    '40 that never read, a request at a time',
    '512 half bodies',
  ])('beside %s', { timeout: (seconds + 120) * 1000 }, async (kind) => {
    const served = await serveBundle();
    startStranger(kind, served, path.dirname(script('')));
    let isOver = false;
    const live = watchLive(served, () => isOver);
    const good = await sendGood(served).finally(() => (isOver = true));
    const figures = { kind, ...good, liveMs: await live, peakMiB: served.peakMiB() };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(served.isRunning()).toBe(true);
    expect(good.refused).toEqual([]);
    expect(good.answered).toBeGreaterThan(seconds * 10);
    expect(good.p99Ms).toBeLessThan(mostP99Ms);
    expect(figures.liveMs).toBeLessThan(mostLiveMs);
    expect(figures.peakMiB).toBeLessThan(mostMiB);
  });
});

function post({ port }: Served, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options = { host: '127.0.0.1', port, path: reviewPath, method: 'POST', headers, agent: false };
    const sent = request({ ...options, rejectUnauthorized: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('a loop that hangs the worker', () => {
  it('is ended after 2 s with a 500, and the next large review is answered', async () => {
    const served = await serveBundle(['--import', script('hang-in-worker.ts')]);
    const started = performance.now();
    const hung = post(served, largeReview.replace('"groups":["a","b"]', '"groups":["hang for ever"]'));
    const [small] = await Promise.all([post(served, goodReview), delay(500)]);
    expect(small).toMatchObject({ status: 200 });
    expect(await hung).toEqual({ status: 500, text: 'the review could not be computed\n' });
    expect(performance.now() - started).toBeGreaterThan(1900);
    expect(await post(served, largeReview)).toMatchObject({ status: 200 });
    const line = await pollUntil(() => served.lines().find(({ msg }) => msg === 'a large review failed'), {
      timeoutMs: 10_000,
      what: 'the line of the failure',
    });
    expect(JSON.stringify(line)).toContain('not computed within 2000 ms');
  });
});
