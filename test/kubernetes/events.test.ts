import type { ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Clock } from '../../src/kubernetes/clock.ts';
import type { OwnerEvent } from '../../src/kubernetes/event.ts';
import { startEventRecorder } from '../../src/kubernetes/events.ts';
import { sendJson, sendStatus, startServer } from './http-server.ts';
import { connectTo } from './kubeconfig.ts';
import { createTestLog } from './log.ts';

type Posted = Record<string, unknown> & { metadata: { name: string } };

/** Stands still until the test moves it on. */
class TestClock implements Clock {
  #nowMs = Date.parse('2030-01-02T03:04:05.678Z');
  readonly #waiting = new Set<{ untilMs: number; resolve: () => void }>();

  now = () => this.#nowMs;

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add({ untilMs: this.#nowMs + ms, resolve });
      signal.addEventListener('abort', () => resolve());
    });
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const waiting of this.#waiting)
      if (waiting.untilMs <= this.#nowMs && this.#waiting.delete(waiting)) waiting.resolve();
  }
}

async function start(answer: (response: ServerResponse) => void = (response) => sendJson(response, {}, 201)) {
  const posted: Posted[] = [];
  const paths: string[] = [];
  const { url: server } = await startServer((request, response) => {
    void json(request).then((body) => {
      posted.push(body as Posted);
      paths.push(`${request.method} ${request.url}`);
      answer(response);
    });
  });
  const clock = new TestClock();
  const { log, lines } = createTestLog();
  const client = await connectTo({ server });
  const recorder = startEventRecorder({ client, reportingInstance: 'outrigger-7d9-x', log, clock });
  onTestFinished(() => recorder.stop());
  return { recorder, posted, paths, clock, lines };
}

function eventOf(uid: string, changes: Partial<OwnerEvent> = {}): OwnerEvent {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5f', uid };
  return { namespace: 'shop', owner, reason: 'Injected', message: 'proxy added', type: 'Normal', ...changes };
}

/** Three namespaces have the same share of them. */
const spread = (i: number) => eventOf(`uid-${i}`, { namespace: `shop-${i % 3}` });

describe('the event', () => {
  it('is of core/v1, about the owner, with times and source', async () => {
    const { recorder, posted, paths } = await start();
    recorder.record(
      eventOf('uid-1', { type: 'Warning', reason: 'InjectionSkipped', message: 'host network' }),
    );
    await vi.waitFor(() => expect(posted).toHaveLength(1));
    expect(paths).toEqual(['POST /api/v1/namespaces/shop/events']);
    expect(posted[0]).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'shop', name: expect.stringMatching(/^web-5f\.[0-9a-f]{16}$/u) },
      involvedObject: {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-5f',
        uid: 'uid-1',
        namespace: 'shop',
      },
      reason: 'InjectionSkipped',
      message: 'host network',
      type: 'Warning',
      count: 1,
      firstTimestamp: '2030-01-02T03:04:05Z',
      lastTimestamp: '2030-01-02T03:04:05Z',
      source: { component: 'outrigger' },
      reportingComponent: 'outrigger',
      reportingInstance: 'outrigger-7d9-x',
    });
  });

  it('keeps to the limits of message and name', async () => {
    const { recorder, posted } = await start();
    const name = `${'a'.repeat(230)}.${'b'.repeat(22)}`;
    recorder.record(
      eventOf('uid-1', { message: 'm'.repeat(3000), owner: { ...eventOf('uid-1').owner, name } }),
    );
    await vi.waitFor(() => expect(posted).toHaveLength(1));
    expect(posted[0]!['message']).toBe(`${'m'.repeat(1023)}…`);
    expect(posted[0]!.metadata.name).toMatch(/^a{230}\.b{5}\.[0-9a-f]{16}$/u);
    expect(posted[0]!.metadata.name.length).toBeLessThanOrEqual(253);
  });
});

describe('limits', () => {
  it('writes one per owner and reason in ten minutes', async () => {
    const { recorder, posted, clock } = await start();
    recorder.record(eventOf('uid-1'));
    recorder.record(eventOf('uid-1'));
    recorder.record(eventOf('uid-2'));
    recorder.record(eventOf('uid-1', { reason: 'InjectionRejected' }));
    await vi.waitFor(() => expect(posted).toHaveLength(3));
    clock.advance(10 * 60_000 - 1);
    recorder.record(eventOf('uid-1'));
    clock.advance(1);
    recorder.record(eventOf('uid-1'));
    await vi.waitFor(() => expect(posted).toHaveLength(4));
    recorder.record(eventOf('last'));
    await vi.waitFor(() => expect(posted).toHaveLength(5));
    expect(recorder.dropped).toBe(0);
  });

  it('writes a burst of 20, then 10 a second, in order', async () => {
    const { recorder, posted, clock } = await start();
    for (let i = 0; i < 45; i += 1) recorder.record(eventOf(`uid-${i}`));
    await vi.waitFor(() => expect(clock.isWaiting).toBe(true));
    expect(posted).toHaveLength(20);
    for (let tick = 0; tick < 10; tick += 1) {
      clock.advance(100);
      await vi.waitFor(() => expect([posted.length, clock.isWaiting]).toEqual([21 + tick, true]));
    }
    const uids = posted.map((event) => (event['involvedObject'] as { uid: string }).uid);
    expect(uids).toEqual(Array.from({ length: 30 }, (_, i) => `uid-${i}`));
  });

  it('gives no namespace the turn of another, however many owners are invented in it', async () => {
    const { recorder, posted, clock } = await start();
    for (let i = 0; i < 1000; i += 1) recorder.record(eventOf(`invented-${i}`, { namespace: 'loud' }));
    for (let i = 0; i < 5; i += 1) recorder.record(eventOf(`real-${i}`, { namespace: `quiet-${i}` }));
    await vi.waitFor(() => expect(clock.isWaiting).toBe(true));
    const uids = posted.map((event) => (event['involvedObject'] as { uid: string }).uid);
    expect(uids.filter((uid) => uid.startsWith('real-'))).toHaveLength(5);
    expect(recorder.dropped).toBeGreaterThan(850);
  });

  it('drops and counts what its queue cannot hold', async () => {
    const { recorder, posted, clock } = await start();
    for (let i = 0; i < 20; i += 1) recorder.record(eventOf(`burst-${i}`));
    await vi.waitFor(() => expect(posted).toHaveLength(20));
    for (let i = 0; i < 250; i += 1) recorder.record(spread(i));
    expect(recorder.dropped).toBe(50);
    await vi.waitFor(() => expect(clock.isWaiting).toBe(true));
    clock.advance(100);
    await vi.waitFor(() => expect(posted).toHaveLength(21));
    recorder.record(spread(249)); // was dropped, so it is not remembered
    await vi.waitFor(() => expect(clock.isWaiting).toBe(true));
    expect(recorder.dropped).toBe(50);
  });
});

describe('failures', () => {
  it('logs and counts a refusal, and goes on with the next', async () => {
    let isRefused = true;
    const { recorder, posted, lines } = await start((response) => {
      if (isRefused) sendStatus(response, 403, 'events is forbidden');
      else sendJson(response, {}, 201);
      isRefused = false;
    });
    recorder.record(eventOf('uid-1'));
    recorder.record(eventOf('uid-2'));
    await vi.waitFor(() => expect(posted).toHaveLength(2));
    expect(recorder.dropped).toBe(1);
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: {
          namespace: 'shop',
          reason: 'Injected',
          error: 'POST /api/v1/namespaces/shop/events answered 403: events is forbidden',
        },
        message: 'event not written',
      },
    ]);
  });
});

describe('stop', () => {
  it('lets the event on its way arrive, drops the queue and takes no more', async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const { recorder, posted } = await start((response) => arrived.resolve(response));
    recorder.record(eventOf('uid-1'));
    recorder.record(eventOf('uid-2'));
    await vi.waitFor(() => expect(posted).toHaveLength(1));
    let isStopped = false;
    const stopping = recorder.stop().then(() => (isStopped = true));
    recorder.record(eventOf('uid-3'));
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    sendJson(await arrived.promise, {}, 201);
    await stopping;
    expect(posted).toHaveLength(1);
    expect(recorder.dropped).toBe(1);
  });

  it('does not wait for the next token', async () => {
    const { recorder, clock } = await start();
    for (let i = 0; i < 25; i += 1) recorder.record(eventOf(`uid-${i}`));
    await vi.waitFor(() => expect(clock.isWaiting).toBe(true));
    await recorder.stop();
    expect(recorder.dropped).toBe(5);
  });
});
