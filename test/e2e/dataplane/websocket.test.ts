/** WebSockets over HTTP/1, and other upgrades. Those over HTTP/2 are in http-two.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as clientPeer from './peers/http-client.ts';
import type * as websocketPeer from './peers/websocket.ts';

const http = peer<typeof clientPeer>('http-client');
const websocket = peer<typeof websocketPeer>('websocket');

let placed: PlacedMesh;

beforeAll(async () => {
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }] },
  });
  for (const server of placed.servers) await server.use(websocket).startWebSocketServer(8080);
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  async function counted<T>(status: number, action: () => Promise<T>): Promise<T> {
    const pair = placed.pair(placement);
    const counter = ['envoy_outrigger_response_total', { port: '8080', status: `${status}` }] as const;
    const { result, growth } = await countAlong(pair, counter, action);
    await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 1));
    return result;
  }

  it('a WebSocket is opened, greeted and echoed', async () => {
    const { client, server } = placed.pair(placement);
    const url = `ws://${server.ip}:8080/chat`;
    const got = await counted(101, () => client.use(websocket).chat(url, ['one', 'two', '']));
    expect(got).toEqual(['hello', 'one', 'two', '']);
  });

  it.each(['websocket', 'WebSocket', 'spdy/3.1', 'tcp'])(
    'an upgrade to %s keeps the first bytes of both sides, sent with the request and the 101',
    async (protocol) => {
      const { client, server } = placed.pair(placement);
      const { head, texts } = await counted(101, () =>
        client.use(websocket).chatAtOnce(server.ip, 8080, protocol, 2),
      );
      expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/u);
      expect(head).toContain(`\r\nUpgrade: ${protocol}\r\n`);
      expect(head).toContain('\r\nSec-WebSocket-Accept: ');
      expect(texts).toEqual(['hello', 'early']);
    },
  );

  it('an upgrade that is not on the list is refused by the first proxy', async () => {
    const { client, server, proxies } = placed.pair(placement);
    const { pod, direction } = proxies[0]!;
    const refused = () =>
      pod.metric('envoy_outrigger_response_total', { direction, port: '8080', status: '403' });
    const before = await refused();
    const { head, texts } = await client.use(websocket).chatAtOnce(server.ip, 8080, 'frob', 1);
    expect(head).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/u);
    expect(texts).toEqual([]);
    await expect.poll(refused, { timeout: 5000 }).toBe(before + 1);
  });

  it('a server that wants an upgrade can say so, but loses the word which', async () => {
    const { client, server } = placed.pair(placement);
    const { status, headers } = await counted(426, () => client.use(http).ask(`http://${server.ip}:8080/`));
    expect(status).toBe(426);
    expect(headers).not.toHaveProperty('upgrade');
  });
});
