/** gRPC with real grpc-go on both ends: what the client sees and how the proxies on the way count it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlacedMesh, placements, type PlacedMesh, type Placement } from './network/placements.ts';
import { call, serverPorts, startServer } from './peers/grpc-program.ts';
import { watchSeries } from './peers/load-series.ts';

let placed: PlacedMesh;

beforeAll(async () => {
  const ports = [{ containerPort: serverPorts.grpc }];
  placed = await createPlacedMesh({ server: { containers: [{ name: 'app', image: 'app:1', ports }] } });
  await Promise.all(placed.servers.map(startServer));
});
afterAll(() => placed?.mesh.stop());

interface Labels {
  readonly status: string;
  readonly grpc_status: string;
  readonly flags: string;
}

interface Seen {
  readonly statuses: Readonly<Record<string, number>>;
  /** Of each proxy on the way: how its counter has grown, by the labels besides direction and port. */
  readonly counted: readonly Readonly<Record<string, number>>[];
}

/** Makes calls, and waits until each proxy has counted as many. */
async function callThrough(placement: Placement, args: readonly string[], count = 1): Promise<Seen> {
  const { client, server, proxies } = placed.pair(placement);
  const watched = await Promise.all(
    proxies.map(({ pod }) => watchSeries(pod, 'envoy_outrigger_response_total')),
  );
  const statuses = await call(client, ['--address', `${server.ip}:${serverPorts.grpc}`, ...args]);
  const grown = await Promise.all(watched.map((series) => series.grownBy(count)));
  const counted = grown.map((growth, index) => {
    const common = `direction="${proxies[index]?.direction}",port="${serverPorts.grpc}",`;
    return Object.fromEntries(Object.entries(growth).map(([labels, by]) => [labels.replace(common, ''), by]));
  });
  return { statuses, counted };
}

const labels = ({ status, grpc_status, flags }: Labels): string =>
  `status="${status}",grpc_status="${grpc_status}",flags="${flags}"`;

const answered = (grpc_status: string, flags = '-'): string => labels({ status: '200', grpc_status, flags });
const leftByClient = labels({ status: '0', grpc_status: '', flags: 'DR' });

describe.each(placements)('gRPC through a proxy, %s', (placement) => {
  const everyProxy = (labelsOf: string, count = 1): object[] =>
    placed.pair(placement).proxies.map(() => ({ [labelsOf]: count }));

  it.each(['unary', 'stream'])('counts each OK of a %s call by its status', async (method) => {
    const { statuses, counted } = await callThrough(placement, ['--method', method, '--count', '20'], 20);
    expect(statuses).toEqual({ 0: 20 });
    expect(counted).toEqual(everyProxy(answered('0'), 20));
  });

  it.each([
    ['NOT_FOUND', 'unary', 5],
    ['NOT_FOUND', 'stream', 5],
    ['INTERNAL', 'unary', 13],
    ['INTERNAL', 'stream', 13],
    ["the server's own DEADLINE_EXCEEDED", 'unary', 4],
  ])('hands on %s of a %s call, and counts it', async (_, method, code) => {
    const { statuses, counted } = await callThrough(placement, [`--method=${method}`, `--wish=code=${code}`]);
    expect(statuses).toEqual({ [code]: 1 });
    expect(counted).toEqual(everyProxy(answered(String(code))));
  });

  it.each(['unary', 'stream'])('counts a cancelled %s call as one that the client left', async (method) => {
    const cancelled = ['--method', method, '--wish', 'delay=2s', '--cancel', '300ms'];
    const { statuses, counted } = await callThrough(placement, cancelled);
    expect(statuses).toEqual({ 1: 1 });
    expect(counted).toEqual(everyProxy(leftByClient));
  });

  it('counts a stream that the client cancels after its first message with the status it had', async () => {
    const { statuses, counted } = await callThrough(placement, [
      '--method=stream',
      '--wish=then=5s',
      '--cancel=700ms',
    ]);
    expect(statuses).toEqual({ 1: 1 });
    expect(counted).toEqual(everyProxy(answered('2', 'DR')));
  });

  // Both ends know the deadline. A server that resets the stream a moment before the client does makes Envoy
  // answer UNAVAILABLE; without a proxy grpc-go would make DEADLINE_EXCEEDED of the same reset.
  it.each(['unary', 'stream'])(
    'counts a %s call past its deadline by who was first to reset it',
    async (method) => {
      const late = [`--method=${method}`, '--wish=delay=2s', '--deadline=300ms'];
      const { statuses, counted } = await callThrough(placement, late);
      const reset = [answered('14', 'UR'), answered('14')];
      for (const each of counted) expect([leftByClient, ...reset]).toContain(Object.keys(each)[0]);
      if (leftByClient in counted[0]!) expect(statuses).toEqual({ 4: 1 });
      else expect([{ 4: 1 }, { 14: 1 }]).toContainEqual(statuses);
    },
  );

  it('answers UNAVAILABLE where the server resets the connection, as grpc-go would say itself', async () => {
    const { statuses, counted } = await callThrough(placement, ['--wish', 'reset=1']);
    expect(statuses).toEqual({ 14: 1 });
    const [last, ...before] = counted.toReversed();
    expect(last).toEqual({ [answered('14', 'UC')]: 1 });
    for (const each of before) expect(each).toEqual({ [answered('14')]: 1 });
  });

  it('cuts a stream whose server resets the connection, and counts it as failed', async () => {
    const { statuses, counted } = await callThrough(placement, ['--method', 'stream', '--wish', 'reset=1']);
    expect(statuses).toEqual({ 13: 1 });
    const [last, ...before] = counted.toReversed();
    expect(last).toEqual({ [answered('2', 'UC')]: 1 });
    for (const each of before) expect(each).toEqual({ [answered('2', 'UR')]: 1 });
  });
});
