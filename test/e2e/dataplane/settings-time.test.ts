/** What the settings about time do in a running proxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDebianParts } from '../parts/debian.ts';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import type * as greetingPeer from './peers/greeting.ts';
import type * as silencePeer from './peers/tcp-silence.ts';

const greeting = peer<typeof greetingPeer>('greeting');
const silence = peer<typeof silencePeer>('tcp-silence');
const ports = { opaque: 6379, detected: 33_066 } as const;

let mesh: Mesh;
let plain: Host;

beforeAll(async () => {
  mesh = await createMesh();
  plain = await mesh.addHost('plain');
  await plain.use(greeting).startGreeter(ports.detected);
});
afterAll(() => mesh?.stop());

/** From now on whoever dials the port of this host, and itself, gets no answer. */
async function swallow(host: Host, port: number): Promise<void> {
  const parts = await ensureDebianParts();
  const args = `-I INPUT -p tcp --dport ${port} -j DROP`.split(' ');
  const { code, stderr } = await host.run({
    command: await parts.find('iptables-nft'),
    args,
    env: parts.env,
    uid: 0,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

const withSetting = (key: string, value: string) => ({
  annotations: { [`config.linkerd.io/${key}`]: value },
});

/** The name of a pod for a setting. */
const nameOf = (key: string): string => key.replaceAll('-', '').slice(-24);

const countTimeouts = (pod: MeshedPod, direction: string) =>
  pod.metric('envoy_cluster_upstream_cx_connect_timeout', { envoy_cluster_name: direction });
const countWaits = (pod: MeshedPod) => pod.metric('envoy_listener_downstream_pre_cx_timeout');

describe('the time to dial', () => {
  it('proxy-outbound-connect-timeout ends the dialling of another service', async () => {
    const pod = await mesh.addPod('dialout', withSetting('proxy-outbound-connect-timeout', '700ms'));
    await swallow(plain, ports.opaque);
    const { text, ms } = await pod.host.use(greeting).readGreeting(plain.ip, ports.opaque);
    expect(text).toBe('');
    expect(ms).toBeGreaterThan(650);
    expect(ms).toBeLessThan(5000); // by default 10 s
    expect(await countTimeouts(pod, 'outbound')).toBe(1);
  });

  it('proxy-inbound-connect-timeout ends the dialling of the application', async () => {
    const pod = await mesh.addPod('dialin', withSetting('proxy-inbound-connect-timeout', '700ms'));
    await swallow(pod.host, ports.opaque);
    const { text, ms } = await mesh.node.use(greeting).readGreeting(pod.host.ip, ports.opaque);
    expect(text).toBe('');
    expect(ms).toBeGreaterThan(650);
    expect(ms).toBeLessThan(5000);
    expect(await countTimeouts(pod, 'inbound')).toBe(1);
  });
});

describe('the time to detect', () => {
  it.each(['outbound', 'inbound'] as const)('detect-timeout is how long is waited: %s', async (direction) => {
    const pod = await mesh.addPod(`detect${direction}`, withSetting('detect-timeout', '500ms'));
    if (direction === 'inbound') await pod.host.use(greeting).startGreeter(ports.detected);
    const [client, server] = direction === 'inbound' ? [mesh.node, pod.host] : [pod.host, plain];
    const { text, ms } = await client.use(greeting).readGreeting(server.ip, ports.detected);
    expect(text).toContain('hello');
    expect(ms).toBeGreaterThan(450);
    expect(ms).toBeLessThan(2500); // by default 3 s
    expect(await countWaits(pod)).toBe(1);
  });

  it.each(['outbound', 'inbound'] as const)(
    'proxy-disable-%s-protocol-detect-timeout waits until the client speaks, in its direction alone',
    async (direction) => {
      const key = `proxy-disable-${direction}-protocol-detect-timeout`;
      const pod = await mesh.addPod(nameOf(key), withSetting(key, 'true'));
      await pod.host.use(greeting).startGreeter(ports.detected);
      const talks = [
        { direction: 'outbound', client: pod.host, server: plain },
        { direction: 'inbound', client: mesh.node, server: pod.host },
      ].map(async ({ direction: way, client, server }) => {
        const talk = await client.use(silence).keepSilent(server.ip, ports.detected, 5000);
        return [way, talk] as const;
      });
      const results = Object.fromEntries(await Promise.all(talks));
      const other = direction === 'inbound' ? 'outbound' : 'inbound';
      expect(results[direction]).toEqual({
        before: '',
        after: expect.stringMatching(/^hello [^\n]+\nword$/u),
      });
      expect(results[other]).toEqual({
        before: expect.stringMatching(/^hello [^\n]+\n$/u),
        after: 'word',
      });
      expect(await countWaits(pod)).toBe(1);
    },
  );
});
