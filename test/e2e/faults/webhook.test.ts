/**
 * The program under fire: floods, uploads that never end, requests made to cost memory. It must go on answering,
 * and stay as large as it was.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { settingKeys } from '../../../src/settings/table.ts';
import { countBrackets, maxBrackets } from '../../../src/webhook/bodies/brackets.ts';
import { logLines, startServing, type Serving } from '../../bin/program.ts';
import { writeText } from '../../commands/files.ts';
import { podOf, settings } from '../../inject/fixtures.ts';
import { podReview, responseIn, uid } from '../../webhook/reviews.ts';
import { post } from '../../webhook/webhook-server.ts';
import { pollUntil } from '../poll-until.ts';

const mebibyte = 1024 * 1024;

async function rssOf({ pid }: Serving): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]) * 1024;
}

/** What is on the heap once all that is garbage is gone. */
async function heapOf(serving: Serving): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${serving.opsPort}/metrics`, {
    headers: { connection: 'close' },
  });
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/mu.exec(await answer.text())?.[1]);
}

/** V8 may leave garbage for as long as there is room: collected each second, what is left is held by somebody. */
const collecting = [
  '--expose-gc',
  '--import',
  'data:text/javascript,setInterval(() => globalThis.gc?.(), 1000).unref()',
];

/** The smallest of some. */
async function leastHeap(serving: Serving): Promise<number> {
  let least = Infinity;
  for (let count = 0; count < 60; count += 1) {
    await Promise.all(Array.from({ length: 50 }, () => post(serving, '/mutate', podReview(), { agent })));
    least = Math.min(least, await heapOf(serving));
  }
  return least;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Every place is free: as many good reviews at once as may be in flight are answered. */
async function allPlacesFree(serving: Serving, places: number): Promise<void> {
  await pollUntil(
    async () => {
      const together = await Promise.all(
        Array.from({ length: places }, () => post(serving, '/mutate', podReview())),
      );
      return together.every(({ status }) => status === 200);
    },
    { timeoutMs: 20_000, what: 'all places to be free' },
  );
  expect(responseIn(await post(serving, '/mutate', podReview()))).toMatchObject({
    uid,
    patchType: 'JSONPatch',
  });
  expect(logLines(serving).filter(({ level }) => Number(level) >= 50)).toEqual([]);
}

async function serveWith(maxInFlight: number, nodeArgs: readonly string[] = []): Promise<Serving> {
  const config = await writeText(`server: { maxInFlight: ${maxInFlight}, shutdownDelay: 0s }\n`);
  return startServing(['--self-signed', '--config', config], nodeArgs);
}

const review = JSON.stringify(podReview());

/** Requests of every hostile kind, different each time, so that nothing that is kept can be shared. */
function hostileBody(index: number): string {
  const kinds: readonly (() => string)[] = [
    () => review.slice(0, 1 + (index % (review.length - 1))),
    () => JSON.stringify(podReview(podOf(settings({ 'skip-outbound-ports': `${index}x` })))),
    () => JSON.stringify(podReview(podOf({ [`config.linkerd.io/unknown-${index}`]: 'x' }))),
    () => JSON.stringify(podReview(podOf(settings({ 'skip-outbound-ports': String(1 + (index % 65_000)) })))),
    () => JSON.stringify(podReview(podOf({ 'linkerd.io/injected': `{"v":${index}}` }))),
    () => JSON.stringify(podReview(podOf(), { namespace: `no-such-${index}` })),
    () => JSON.stringify(podReview({ spec: { containers: [{ name: index }] } })),
    () => JSON.stringify(podReview({ spec: { [`field${index}`]: 'x'.repeat(2000), containers: [] } })),
    () => '['.repeat(1000 + (index % 5000)),
    () => `{"__proto__":{"${index}":1}}`,
  ];
  return kinds[index % kinds.length]?.() ?? '';
}

/** A variable of 100 kB that goes into the proxy's container. */
function largeBody(index: number): string {
  const env = JSON.stringify([{ name: 'A', value: `${index}${'x'.repeat(100_000)}` }]);
  return JSON.stringify(podReview(podOf(settings({ 'proxy-additional-env': env }))));
}

async function flood(
  serving: Serving,
  count: number,
  bodyOf: (index: number) => string,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const { status } = await post(serving, next % 9 === 0 ? '/advise' : '/mutate', bodyOf(next++), {
        agent,
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return statuses;
}

describe('memory', () => {
  it('is after 20,000 hostile requests about what it was before', { timeout: 300_000 }, async () => {
    const serving = await serveWith(512, collecting);
    await flood(serving, 4000, hostileBody);
    const before = { heap: await leastHeap(serving), rss: await rssOf(serving) };
    const statuses = await flood(serving, 20_000, (index) => hostileBody(index + 4000));
    const after = { heap: await leastHeap(serving), rss: await rssOf(serving) };
    expect(new Set(statuses.keys())).toEqual(new Set([200, 400, 500]));
    // A namespace that nobody knows is a 500: one request in ten, less those to /advise.
    expect(statuses.get(500)).toBeLessThanOrEqual(2000);
    expect(after.heap - before.heap).toBeLessThan(30 * mebibyte);
    expect(after.rss - before.rss).toBeLessThan(100 * mebibyte);
    await allPlacesFree(serving, 16);
  });

  it(
    'stops growing where every review holds a large setting that no other has',
    { timeout: 300_000 },
    async () => {
      const serving = await serveWith(512);
      await flood(serving, 800, largeBody);
      const before = await rssOf(serving);
      await flood(serving, 800, (index) => largeBody(index + 800));
      expect((await rssOf(serving)) - before).toBeLessThan(100 * mebibyte);
      await allPlacesFree(serving, 16);
    },
  );
});

describe('connections', () => {
  it('opened and dropped by the thousand, with and without a handshake, leave nothing behind', async () => {
    const serving = await serveWith(8);
    for (let round = 0; round < 30; round += 1) {
      const sockets = Array.from({ length: 100 }, () => connect(serving.port, '127.0.0.1'));
      await Promise.all(
        sockets.map(async (socket, index) => {
          socket.on('error', () => undefined);
          await once(socket, 'connect');
          if (index % 3 === 0) socket.write('\u0016\u0003\u0001garbage');
          if (index % 3 === 1) socket.resetAndDestroy();
          else socket.destroy();
        }),
      );
    }
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connectTls({ port: serving.port, host: '127.0.0.1', ca: serving.ca });
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n');
        socket.destroy();
      }),
    );
    await pollUntil(async () => (await openSockets(serving)) < 30, {
      timeoutMs: 20_000,
      what: 'the connections to be gone',
    });
    await allPlacesFree(serving, 8);
  });

  it('whose upload never ends take no places, and are cut off', { timeout: 180_000 }, async () => {
    const serving = await serveWith(4);
    const sockets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = connectTls({ port: serving.port, host: '127.0.0.1', ca: serving.ca });
        socket.on('error', () => undefined);
        onTestFinished(() => void socket.destroy());
        await once(socket, 'secureConnect');
        socket.resume();
        socket.write(
          'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
        );
        return socket;
      }),
    );
    const drips = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(' ');
    }, 500);
    onTestFinished(() => clearInterval(drips));
    for (let count = 0; count < 5; count += 1)
      expect((await post(serving, '/mutate', podReview())).status).toBe(200);
    await pollUntil(() => sockets.every((socket) => socket.destroyed), {
      timeoutMs: 55_000,
      what: 'the slow ones to be cut off',
      intervalMs: 500,
    });
    await allPlacesFree(serving, 4);
  });
});

async function openSockets({ pid }: Serving): Promise<number> {
  const { readdir, readlink } = await import('node:fs/promises');
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return links.filter((link) => link.startsWith('socket:')).length;
}

describe('a setting whose text is as long as all annotations of a pod may be', () => {
  /** Kubernetes' limit for all annotations of an object together. */
  const length = 250_000;
  const shapes: readonly (readonly [string, string])[] = [
    ['digits', '1'.repeat(length)],
    ['units', '1h'.repeat(length / 2)],
    ['letters', 'a'.repeat(length)],
    ['spaces', `x${' '.repeat(length)}x`],
    ['commas', ','.repeat(length)],
    ['dots', 'a.'.repeat(length / 2)],
    ['dashes', 'a-'.repeat(length / 2)],
    ['slashes', 'a/'.repeat(length / 2)],
    ['brackets', `${'['.repeat(length / 2)}${']'.repeat(length / 2)}`],
    ['ports', Array.from({ length: length / 6 }, (_, index) => (index * 2) % 65_536).join(',')],
    ['names', Array.from({ length: length / 6 }, (_, index) => `p${index}`).join(',')],
  ];

  it.each(shapes)('of %s is answered with a review within seconds', async (_, text) => {
    const serving = await serveWith(8);
    for (const key of settingKeys) {
      const started = performance.now();
      const answer = await post(serving, '/mutate', podReview(podOf(settings({ [key]: text }))), { agent });
      const status = countBrackets(Buffer.from(text)) > maxBrackets ? 413 : 200;
      expect({ key, status: answer.status }).toEqual({ key, status });
      expect({ key, slow: performance.now() - started > 5000 }).toEqual({ key, slow: false });
    }
  });
});

it('a probe that is nested as deeply as JSON allows is answered with a review or refused', async () => {
  const serving = await serveWith(8);
  const pod = podOf({}, { containers: [{ name: 'app', readinessProbe: { x: 'DEEP' } }] });
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const { status } = await post(serving, '/mutate', JSON.stringify(podReview(pod)).replace('"DEEP"', deep));
  expect([200, 400, 413]).toContain(status);
});

it('port names that nobody has are told in an answer of a size that can be read', async () => {
  const serving = await serveWith(8);
  const ports = Array.from({ length: 2000 }, (_, index) => ({ name: `p${index}`, containerPort: index + 1 }));
  const names = Array.from({ length: 2000 }, (_, index) => `z${index}`).join(',');
  const pod = podOf(settings({ 'skip-inbound-ports': names }), { containers: [{ name: 'app', ports }] });
  const answer = await post(serving, '/mutate', podReview(pod));
  expect(responseIn(answer).allowed).toBe(false);
  expect(answer.text.length).toBeLessThan(mebibyte);
});
