/** Protocols in which the server speaks first: the ports that are known, one that is not, and the ways out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import type * as greetingPeer from './peers/greeting.ts';
import type { Greeting } from './peers/greeting.ts';

const greeting = peer<typeof greetingPeer>('greeting');

let mesh: Mesh;
let server: Host;
let client: MeshedPod;

beforeAll(async () => {
  mesh = await createMesh();
  server = await mesh.addHost('server');
  client = await mesh.addPod('client', { annotations: { 'config.linkerd.io/skip-outbound-ports': '4406' } });
  for (const port of [25, 3306, 4406, 33066]) await server.use(greeting).startGreeter(port);
});
afterAll(() => mesh?.stop());

const greetingOn = (port: number): Promise<Greeting> =>
  client.host.use(greeting).readGreeting(server.ip, port);

describe('a client with a proxy', () => {
  it.each([
    ['SMTP on 25', 25],
    ['MySQL on 3306', 3306],
    ['MySQL on 4406 with skip-outbound-ports', 4406],
  ])('is greeted at once: %s', async (_, port) => {
    const { text, ms } = await greetingOn(port);
    expect(text).toContain('hello');
    expect(ms).toBeLessThan(2000);
  });

  it('waits for the detection of an unknown port, once, and is counted', async () => {
    const { text, ms } = await greetingOn(33066);
    expect(text).toContain('hello');
    expect(ms).toBeGreaterThan(2900);
    expect(await client.metric('envoy_listener_downstream_pre_cx_timeout')).toBe(1);
  });
});
