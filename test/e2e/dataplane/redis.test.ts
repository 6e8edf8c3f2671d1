/** A real Redis on a port that nobody knows: its clients speak first, so that detection lets them through at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import { createPlacedMesh, placements, readAlong, type Pair, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import type * as framesPeer from './peers/frames.ts';
import { runRedisCli, startRedis } from './servers/redis.ts';

const frames = peer<typeof framesPeer>('frames');
const port = 16379;

let placed: PlacedMesh;

beforeAll(async () => {
  const containers = [{ name: 'redis', image: 'redis:7', ports: [{ containerPort: port }] }];
  placed = await createPlacedMesh({ server: { containers } });
  await Promise.all(placed.servers.map((host) => startRedis(host, port)));
});
afterAll(() => placed?.mesh.stop());

/** Commands as a person types them, and the first bytes of the answer. */
async function writeInline({ client, server }: Pair, text: string, answerLength: number) {
  const hex = Buffer.from(text).toString('hex');
  const { answer, ms } = await client.use(frames).exchange(server.ip, port, hex, answerLength);
  return { answer: Buffer.from(answer, 'hex').toString(), ms };
}

it.each(placements)('answers RESP without a wait, large values too, %s', async (placement) => {
  const pair = placed.pair(placement);
  const value = 'value'.repeat(100_000);
  const commands = [`SET ${placement.replace(' ', '-')} ${value}`, `GET ${placement.replace(' ', '-')}`];
  const { result, ms, traffic } = await trafficDuring(pair, port, () =>
    runRedisCli(pair.client, pair.server, port, commands),
  );

  expect(result).toBe(`OK\n${value}`);
  expect(ms).toBeLessThan(2000);
  expect(traffic.map(({ closed, waits }) => [closed, waits])).toEqual(pair.proxies.map(() => [1, 0]));
  for (const { read, written } of traffic) {
    expect(read).toBeGreaterThan(value.length);
    expect(written).toBeGreaterThan(value.length);
  }
});

const inlineCommands = [
  ['PING\r\n', '+PONG\r\n'],
  ['ping\r\n', '+PONG\r\n'],
  ['SET /p v\r\nget /p\r\nDEL /p\r\n', '+OK\r\n$1\r\nv\r\n:1\r\n'],
  // Like requests, but for the case of the method and for a method that HTTP does not have.
  ['get /p\r\nPING\r\n', '$-1\r\n+PONG\r\n'],
  ['DEL /a/b\r\nPING\r\n', ':0\r\n+PONG\r\n'],
] as const;

describe.each(placements)('%s', (placement) => {
  it.each(inlineCommands)('answers the inline commands %j without a wait', async (text, answer) => {
    const pair = placed.pair(placement);
    const { result, traffic } = await trafficDuring(pair, port, () => writeInline(pair, text, answer.length));

    expect(result.answer).toBe(answer);
    expect(result.ms).toBeLessThan(2000);
    const [read, written] = [text.length, answer.length];
    expect(traffic).toEqual(pair.proxies.map(() => ({ accepted: 1, closed: 1, waits: 0, read, written })));
  });
});

// Documented: a line that begins as a request of HTTP/0.9 does is taken for one. The way out is an opaque port.
it.each(placements)(
  'does not get the inline command "GET /x": the proxy takes it for HTTP, %s',
  async (placement) => {
    const pair = placed.pair(placement);
    const responses = () =>
      readAlong(pair, 'envoy_outrigger_response_total', { port: String(port), status: '503' });
    const before = await responses();
    const { result, traffic } = await trafficDuring(pair, port, () => writeInline(pair, 'GET /x\r\n', 1));

    expect(result.answer).toMatch(/^HTTP\/1\.0 503 /u);
    expect(traffic.map(({ accepted, waits }) => [accepted, waits])).toEqual(pair.proxies.map(() => [0, 0]));
    expect(await responses()).toEqual(before.map((count) => count + 1));
  },
);
