/** Who has logged in on a connection (NTLM, quotas) is never mistaken for somebody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as identityPeer from './peers/http-identity.ts';

const identity = peer<typeof identityPeer>('http-identity');

let placed: PlacedMesh;

beforeAll(async () => {
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }] },
  });
  for (const server of placed.servers) await server.use(identity).startIdentityServer(8080);
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  const clients = () => placed.pair(placement).client.use(identity);
  const url = (): string => `http://${placed.pair(placement).server.ip}:8080/`;
  const responses = ['envoy_outrigger_response_total', { port: '8080', status: '200' }] as const;

  it('clients never share a connection to the server, and each keeps its own', async () => {
    const pair = placed.pair(placement);
    const names = Array.from({ length: 8 }, (_, index) => `client ${index}`);
    // While the proxy gets to know a server, two of its threads may each have an idea of their own of it; when
    // they have agreed on one, a client can be moved to a new connection, once.
    const early = Object.values(await clients().askInTurns(names, url(), 2));
    expect(new Set(early.flat()).size).toBe(early.flat().length);
    const { result, growth } = await countAlong(pair, responses, () =>
      clients().askInTurns(names, url(), 20),
    );
    expect(Object.keys(result)).toEqual(names);
    const connections = Object.values(result);
    for (const ofOne of connections) expect(ofOne).toHaveLength(1);
    expect(new Set(connections.flat()).size).toBe(names.length);
    await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 160));
    for (const name of names) await clients().disconnect(name);
  });

  it('the connection of a client that has gone is not given to the next', async () => {
    const connections = [];
    for (let index = 0; index < 10; index += 1) {
      const { passing } = await clients().askInTurns(['passing'], url(), 1);
      connections.push(...(passing ?? []));
      await clients().disconnect('passing');
    }
    expect(new Set(connections).size).toBe(10);
  });

  it('a client that pauses keeps its connection, and gets a new one to the server', async () => {
    const { pod, direction } = placed.pair(placement).proxies.at(-1)!;
    const countAccepted = () =>
      pod.metric('envoy_http_downstream_cx_total', { envoy_http_conn_manager_prefix: direction });
    const countOpen = () => pod.metric('envoy_cluster_upstream_cx_active', { envoy_cluster_name: direction });

    const first = await clients().askInTurns(['pausing'], url(), 1);
    const accepted = await countAccepted();
    // What the client knows nothing of ends after 1.5 s without requests.
    await expect.poll(countOpen, { timeout: 10_000 }).toBe(0);
    const second = await clients().askInTurns(['pausing'], url(), 1);
    expect(second).not.toEqual(first);
    // In series, the client's own proxy has let go of its connection to the other one, too.
    const again = placement === 'in series' ? 1 : 0;
    expect(await countAccepted()).toBe(accepted + again);
    await clients().disconnect('pausing');
  });
});
