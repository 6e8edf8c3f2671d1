/** TLS is bytes to the proxy: it opens none, waits for none, and leaves the handshake to its two ends. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSelfSigned, type SelfSigned } from '../../../src/certs/self-signed.ts';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as tlsPeer from './peers/tls-echo.ts';

const tls = peer<typeof tlsPeer>('tls-echo');

let placed: PlacedMesh;
let certificate: SelfSigned;

beforeAll(async () => {
  certificate = await createSelfSigned({ names: ['shop.example'] });
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 443 }] }] },
  });
  const { cert, key } = certificate;
  for (const server of placed.servers) await server.use(tls).startTlsServer(443, cert, key);
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  it.each<[string, readonly string[], string | false, readonly number[]]>([
    ['without ALPN', [], false, []],
    ['with HTTP/2 in its ALPN', ['h2', 'http/1.1'], 'h2', []],
    ['with a protocol of its own in its ALPN', ['frob/1'], 'frob/1', []],
    ['with its ClientHello byte by byte', ['h2'], 'h2', Array.from({ length: 12 }, () => 1)],
    ['with its ClientHello in three parts', ['h2'], 'h2', [5, 40]],
  ])('a client reaches the server %s', async (_, protocols, protocol, pieces) => {
    const pair = placed.pair(placement);
    const talk = { host: pair.server.ip, port: 443, ca: certificate.ca, servername: 'shop.example' };
    const { result, growth } = await countAlong(
      pair,
      ['envoy_outrigger_tcp_close_total', { port: '443', flags: '-' }],
      () => pair.client.use(tls).talkTls({ ...talk, protocols, pieces }),
    );
    const { ms, ...seen } = result;
    expect(seen).toEqual({
      servername: 'shop.example',
      protocol,
      version: 'TLSv1.3',
      data: 'hello',
      fingerprint: new X509Certificate(certificate.cert).fingerprint256,
    });
    expect(ms).toBeLessThan(2000);
    await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 1));
  });
});
