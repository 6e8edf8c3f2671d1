/** A real NATS server, which speaks first, and whose connections are long and often idle. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import { peer } from './network/peer.ts';
import { createPlacedMesh, placements, type Placement, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import type * as natsPeer from './peers/nats.ts';
import { startNats } from './servers/nats.ts';

const nats = peer<typeof natsPeer>('nats');
const port = 4222;
const idleMs = (process.env['OUTRIGGER_LONG'] === '1' ? 600 : 20) * 1000;

const cases = ['with no annotation', 'with opaque-ports'] as const;
type Case = (typeof cases)[number];
const annotationsOf: Readonly<Record<Case, Readonly<Record<string, string>>>> = {
  'with no annotation': {},
  'with opaque-ports': { 'config.linkerd.io/opaque-ports': String(port) },
};
const tests = cases.flatMap((name) => placements.map((placement) => [name, placement] as const));

interface Subscribed {
  readonly id: number;
  readonly infoMs: number;
  /** The last message but for the one that ends the idle time. */
  lastMs: number;
}

const meshes = new Map<Case, PlacedMesh>();
const subscriptions = new Map<string, Subscribed>();

beforeAll(async () => {
  const containers = [{ name: 'nats', image: 'nats:2', ports: [{ containerPort: port }] }];
  for (const name of cases) {
    const annotations = annotationsOf[name];
    const placed = await createPlacedMesh({ client: { annotations }, server: { annotations, containers } });
    meshes.set(name, placed);
    await Promise.all(placed.servers.map((host) => startNats(host, port)));
  }
  for (const [name, placement] of tests) {
    const { client, server } = meshes.get(name)!.pair(placement);
    const subscription = await client.use(nats).subscribe(server.ip, port, subjectOf(placement));
    subscriptions.set(name + placement, { ...subscription, lastMs: performance.now() });
  }
});
afterAll(async () => {
  for (const { mesh } of meshes.values()) await mesh.stop();
});

function publish(name: Case, placement: Placement, message: string): Promise<{ infoMs: number }> {
  const { client, server } = meshes.get(name)!.pair(placement);
  return client.use(nats).publish(server.ip, port, subjectOf(placement), message);
}

async function expectMessages(name: Case, placement: Placement, messages: readonly string[]): Promise<void> {
  const remote = meshes.get(name)!.pair(placement).client.use(nats);
  const read = () => remote.readSubscription(subscriptions.get(name + placement)!.id);
  await pollUntil(async () => (await read()).messages.length >= messages.length, {
    timeoutMs: 10_000,
    what: `${messages.length} messages`,
  });
  expect(await read()).toEqual({ messages, end: undefined });
}

function subjectOf(placement: Placement): string {
  return placement.replace(' ', '.');
}

describe('NATS on 4222', () => {
  it.each(tests)(
    '%s says INFO at once and brings a message to its subscriber, %s',
    async (name, placement) => {
      const pair = meshes.get(name)!.pair(placement);
      const subscribed = subscriptions.get(name + placement)!;
      const { result, traffic } = await trafficDuring(pair, port, () => publish(name, placement, 'first'));
      await expectMessages(name, placement, ['first']);
      subscribed.lastMs = performance.now();

      expect(result.infoMs).toBeLessThan(2000);
      expect(subscribed.infoMs).toBeLessThan(2000);
      // The publisher's connection: the subscribers' stay open.
      expect(traffic.map(({ closed, waits }) => [closed, waits])).toEqual(pair.proxies.map(() => [1, 0]));
    },
  );

  // All are idle at the same time: what the first test waits for, the others need not.
  it.each(tests)(
    '%s keeps a subscription alive that is long idle, %s',
    { timeout: idleMs + 60_000 },
    async (name, placement) => {
      const { lastMs } = subscriptions.get(name + placement)!;
      await pollUntil(() => performance.now() - lastMs > idleMs, {
        timeoutMs: idleMs + 10_000,
        intervalMs: 500,
        what: 'the idle time to pass',
      });
      await publish(name, placement, 'second');
      await expectMessages(name, placement, ['first', 'second']);
    },
  );
});
