import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect as connectTcp } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { createSelfSigned } from '../../src/certs/self-signed.ts';
import { createHandshakeErrors, type HandshakeFailure } from '../../src/webhook/handshake-errors.ts';
import { makeFolder } from '../commands/files.ts';
import { startServing, logLines } from '../bin/program.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

function start() {
  const counted: HandshakeFailure[] = [];
  const lines: Readonly<Record<string, unknown>>[] = [];
  let time = 0;
  const errors = createHandshakeErrors({
    count: (reason) => void counted.push(reason),
    log: (_, fields) => void lines.push(fields),
    now: () => time,
  });
  return { errors, counted, lines, pass: (ms: number) => void (time += ms) };
}

describe('a handshake that failed', () => {
  it.each<[string, HandshakeFailure]>([
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'untrusted'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'untrusted'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'expired'],
    ['ERR_SSL_HTTP_REQUEST', 'plain-http'],
    ['ECONNRESET', 'closed'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'other'],
  ])('with %s is counted as %s', (code, reason) => {
    const { errors, counted } = start();
    errors.note(failure(code));
    expect(counted).toEqual([reason]);
  });

  it('is logged once a minute at most, with all that has happened since', () => {
    const { errors, lines, pass } = start();
    for (let i = 0; i < 50; i += 1) errors.note(failure('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'));
    pass(59_000);
    errors.note(failure('ECONNRESET'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ likely: expect.stringContaining('is caBundle stale?') as string });
    pass(1000);
    errors.note(failure('ERR_SSL_HTTP_REQUEST'));
    expect(lines[1]).toMatchObject({ counts: { untrusted: 49, closed: 1, 'plain-http': 1 } });
  });

  it('because nobody spoke TLS is no news', () => {
    const { errors, lines, counted } = start();
    errors.note(failure('ECONNRESET'));
    expect([lines, counted]).toEqual([[], ['closed']]);
  });
});

describe('the program', () => {
  it('counts and tells what openssl and others do to it', async () => {
    const serving = await startServing();
    const stranger = path.join(await makeFolder(), 'ca.crt');
    await writeFile(stranger, (await createSelfSigned({ names: ['x'] })).ca);
    const address = `127.0.0.1:${serving.port}`;
    const openssl = ['s_client', '-connect', address, '-CAfile', stranger, '-verify_return_error'];
    await expect(promisify(execFile)('openssl', openssl)).rejects.toThrow();
    const plain = connectTcp(serving.port, '127.0.0.1', () => plain.end('GET / HTTP/1.1\r\n\r\n'));
    plain.on('error', () => undefined);
    await vi.waitFor(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${serving.opsPort}/metrics`);
        const text = await answer.text();
        expect(text).toContain('outrigger_tls_handshake_errors_total{reason="untrusted"} 1\n');
        expect(text).toContain('outrigger_tls_handshake_errors_total{reason="plain-http"} 1\n');
        expect(text).toContain('outrigger_certificate_reload_failures_total 0\n');
      },
      { timeout: 15_000 },
    );
    await vi.waitFor(
      () =>
        expect(logLines(serving).find(({ msg }) => msg === 'TLS handshakes failed')).toMatchObject({
          level: 40,
        }),
      { timeout: 15_000 },
    );
  });
});
