/** Clients that speak first, on a port that nobody knows: their first frame tells that it is not HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import { createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import { firstFrames } from './peers/first-frames.ts';
import type * as framesPeer from './peers/frames.ts';

const frames = peer<typeof framesPeer>('frames');
const port = 9092;
/** All bytes that there are. */
const answer = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 7) % 256));

let placed: PlacedMesh;

beforeAll(async () => {
  const containers = [{ name: 'app', image: 'app:1', ports: [{ containerPort: port }] }];
  placed = await createPlacedMesh({ server: { containers } });
  for (const host of placed.servers) await host.use(frames).startRecorder(port);
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('%s', (placement) => {
  it.each(firstFrames)('the first frame of %s and its answer pass at once and whole', async (_, frame) => {
    const pair = placed.pair(placement);
    const server = pair.server.use(frames);
    await server.setScript({ length: frame.length, answer: answer.toString('hex') });

    const { result, traffic } = await trafficDuring(pair, port, () =>
      pair.client.use(frames).exchange(pair.server.ip, port, frame.toString('hex'), answer.length),
    );

    expect(result.answer).toBe(answer.toString('hex'));
    expect(await server.readReceived()).toBe(frame.toString('hex'));
    expect(result.ms).toBeLessThan(2000);
    const [read, written] = [frame.length, answer.length];
    expect(traffic).toEqual(pair.proxies.map(() => ({ accepted: 1, closed: 1, waits: 0, read, written })));
  });
});
