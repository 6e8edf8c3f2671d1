/** A server that asks clients for a certificate. */
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, type CertificateAuthority, type KeyPair } from '../e2e/cluster/pki.ts';
import { pollUntil } from '../e2e/poll-until.ts';
import { openWebhook, startWebhook, type TestWebhook } from './webhook-server.ts';

let ours: CertificateAuthority;
let theirs: CertificateAuthority;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([
    createCertificateAuthority('ours'),
    createCertificateAuthority('theirs'),
  ]);
});

/** What comes back for a request, if anything does. */
function answerTo({ port, ca }: TestWebhook, pair?: KeyPair): Promise<string> {
  const certificate = pair && { cert: pair.certificate, key: pair.key };
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ca, ...certificate }, () => {
      socket.write('GET /mutate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}

async function startFor(names: readonly string[]): Promise<{ webhook: TestWebhook; refused: string[] }> {
  const refused: string[] = [];
  const onRefused = (why: string): void => void refused.push(why);
  const webhook = await startWebhook({ clients: { ca: ours.certificate, names, onRefused } });
  return { webhook, refused };
}

const isAnswer = /^HTTP\/1\.1 405 /u;

describe('a client', () => {
  it('without a certificate, or with one of another authority, gets no answer', async () => {
    const { webhook, refused } = await startFor([]);
    expect(await answerTo(webhook)).toBe('');
    expect(await answerTo(webhook, await theirs.issueClient({ user: 'kube-apiserver' }))).toBe('');
    expect(await answerTo(webhook, await ours.issueClient({ user: 'anybody' }))).toMatch(isAnswer);
    await pollUntil(() => refused.length === 2, { timeoutMs: 10_000, what: 'the reasons' });
    expect(webhook.lines).toHaveLength(1);
  });

  it('of another name gets no answer', async () => {
    const { webhook, refused } = await startFor(['kube-apiserver', 'api.example']);
    expect(await answerTo(webhook, await ours.issueClient({ user: 'somebody' }))).toBe('');
    expect(refused).toEqual(['its certificate is of none of the names kube-apiserver, api.example']);
    expect(await answerTo(webhook, await ours.issueClient({ user: 'kube-apiserver' }))).toMatch(isAnswer);
    expect(webhook.lines).toHaveLength(1);
  });

  it('of the new authority gets one once that has changed, and one of the old no longer', async () => {
    const { webhook } = await startFor([]);
    const [old, next] = [await ours.issueClient({ user: 'a' }), await theirs.issueClient({ user: 'a' })];
    expect(await answerTo(webhook, old)).toMatch(isAnswer);
    webhook.server.setClientCa(theirs.certificate);
    expect(await answerTo(webhook, old)).toBe('');
    expect(await answerTo(webhook, next)).toMatch(isAnswer);
    const { cert, key, ca } = await (
      await import('../../src/certs/self-signed.ts')
    ).createSelfSigned({
      names: ['127.0.0.1'],
    });
    webhook.server.setCertificate({ cert, key });
    expect(await answerTo({ ...webhook, ca }, next)).toMatch(isAnswer);
    expect(await answerTo({ ...webhook, ca })).toBe('');
  });
});

it('a server that asks nobody takes a client without one', async () => {
  const webhook = await openWebhook();
  expect(await answerTo(webhook)).toMatch(isAnswer);
  await webhook.server.close();
});
