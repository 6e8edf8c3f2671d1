import { X509Certificate } from 'node:crypto';
import { createServer, request, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSelfSigned } from '../../src/certs/self-signed.ts';

const service = 'outrigger.a-namespace-whose-name-is-as-long-as-names-of-namespaces-can-be.svc';
const names = ['localhost', '127.0.0.1', '::1', service];

async function startTls(options: ServerOptions, host: string): Promise<number> {
  const server = createServer(options, (_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function connectTls(
  port: number,
  host: string,
  ca: string,
  servername?: string,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host, port, ca, agent: false, ...(servername ? { servername } : {}) };
    const sent = request(options, (response) => {
      response.resume();
      resolve((response.socket as TLSSocket).getCipher().standardName);
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('a handshake', () => {
  it.each([
    ['127.0.0.1', undefined],
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', service],
    ['::1', undefined],
  ])('at %s as %s succeeds with the CA', async (host, servername) => {
    const { cert, key, ca } = await createSelfSigned({ names });
    const port = await startTls({ cert, key }, host);
    expect(await connectTls(port, host, ca, servername)).toMatch(/^TLS_/u);
  });

  it('fails under a name that is not in the certificate', async () => {
    const { cert, key, ca } = await createSelfSigned({ names });
    const port = await startTls({ cert, key }, '127.0.0.1');
    await expect(connectTls(port, '127.0.0.1', ca, 'other.example')).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('fails with the CA of another run', async () => {
    const { cert, key } = await createSelfSigned({ names });
    const other = await createSelfSigned({ names });
    const port = await startTls({ cert, key }, '127.0.0.1');
    await expect(connectTls(port, '127.0.0.1', other.ca)).rejects.toThrow(/signature|issuer|verify/u);
  });
});

describe('the certificate', () => {
  it('holds for a year, from five minutes ago', async () => {
    const now = new Date('2030-01-02T03:04:05Z');
    const certificate = new X509Certificate((await createSelfSigned({ names, now })).cert);
    expect(certificate.validFromDate.toISOString()).toBe('2030-01-02T02:59:05.000Z');
    expect(certificate.validToDate.toISOString()).toBe('2031-01-02T03:04:05.000Z');
  });

  it('holds for the time asked for', async () => {
    const now = new Date('2030-01-02T03:04:05Z');
    const { cert, ca } = await createSelfSigned({ names, now, validityMs: 60_000 });
    for (const pem of [cert, ca])
      expect(new X509Certificate(pem).validToDate.toISOString()).toBe('2030-01-02T03:05:05.000Z');
  });

  it('is ECDSA P-256, no CA itself, and signed by one that is', async () => {
    const { cert, key, ca } = await createSelfSigned({ names });
    const [server, authority] = [new X509Certificate(cert), new X509Certificate(ca)];
    expect(server.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect([server.ca, authority.ca]).toEqual([false, true]);
    expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n([\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/u);
  });

  it('has its names', async () => {
    const { cert } = await createSelfSigned({ names });
    expect(new X509Certificate(cert).subjectAltName).toBe(
      `DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:${service}`,
    );
  });

  it('is not made without a name', async () => {
    await expect(createSelfSigned({ names: [] })).rejects.toThrow('at least one DNS name or IP address');
  });
});
