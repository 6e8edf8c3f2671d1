/** What the proxies count of connections that they do not look into, to the byte, and under which labels. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import type { MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import { createPlacedMesh, type PlacedMesh } from './network/placements.ts';
import type * as framesPeer from './peers/frames.ts';

const frames = peer<typeof framesPeer>('frames');
const [declared, undeclared] = [9092, 9093];
const [frame, answer] = [Buffer.alloc(300_000, 'there '), Buffer.alloc(500_000, 'and back ')];

let placed: PlacedMesh;

beforeAll(async () => {
  const annotations = { 'config.linkerd.io/opaque-ports': `${declared},${undeclared}` };
  const containers = [{ name: 'app', image: 'app:1', ports: [{ containerPort: declared }] }];
  placed = await createPlacedMesh({ client: { annotations }, server: { annotations, containers } });
  const server = placed.serverPod.host.use(frames);
  for (const port of [declared, undeclared]) await server.startRecorder(port);
  await server.setScript({ length: frame.length, answer: answer.toString('hex') });
});
afterAll(() => placed?.mesh.stop());

async function readSeries(pod: MeshedPod): Promise<string[]> {
  const lines = (await pod.scrape()).split('\n');
  return lines.filter((line) => line.startsWith('envoy_outrigger_tcp_')).toSorted();
}

function sumOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Of a port with so many connections, each of which was closed by its client in peace. */
function seriesOf(direction: string, port: string, connections: number): string[] {
  const labels = `direction="${direction}",port="${port}"`;
  return [
    `envoy_outrigger_tcp_close_total{${labels},flags="-"} ${connections}`,
    `envoy_outrigger_tcp_read_bytes_total{${labels}} ${connections * frame.length}`,
    `envoy_outrigger_tcp_write_bytes_total{${labels}} ${connections * answer.length}`,
  ];
}

it('opaque connections are counted by direction and port, a port that the pod does not declare as "other"', async () => {
  const { client, server } = placed.pair('in series');
  for (const port of [declared, undeclared, undeclared]) {
    const result = await client.use(frames).exchange(server.ip, port, frame.toString('hex'), answer.length);
    expect(result.answer).toBe(answer.toString('hex'));
  }

  const expected = {
    client: [...seriesOf('outbound', '9092', 1), ...seriesOf('outbound', '9093', 2)].toSorted(),
    server: [...seriesOf('inbound', '9092', 1), ...seriesOf('inbound', 'other', 2)].toSorted(),
  };
  const read = async () => ({
    client: await readSeries(placed.clientPod),
    server: await readSeries(placed.serverPod),
  });
  await pollUntil(
    async () => {
      const { client: ofClient, server: ofServer } = await read();
      return sumOf(ofClient) >= sumOf(expected.client) && sumOf(ofServer) >= sumOf(expected.server);
    },
    { timeoutMs: 10_000, what: 'all connections to be counted as closed' },
  ).catch(() => undefined); // the comparison tells more
  expect(await read()).toEqual(expected);
});
