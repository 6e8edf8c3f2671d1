import { beforeAll, describe, expect, it } from 'vitest';
import { changeState, createState } from '../../../src/certs/own/change-state.ts';
import { x509Mint } from '../../../src/certs/own/mint.ts';
import type { Policy } from '../../../src/certs/own/next-step.ts';
import { readState, writeState, type SecretData } from '../../../src/certs/own/secret-data.ts';
import { bundleOf, type CertificateState } from '../../../src/certs/own/state.ts';

const hour = 3_600_000;
const policy: Policy = {
  leafLifeMs: hour,
  caLifeMs: 24 * hour,
  overlapMs: hour,
  names: ['outrigger.mesh.svc', 'outrigger.mesh'],
  jitter: 0,
};
const now = Date.UTC(2030, 0, 1);

/** In the middle of one rotation and at the end of another: every key is there. */
let full: CertificateState;
let data: SecretData;
let other: CertificateState;
beforeAll(async () => {
  const first = await createState(now, policy, x509Mint);
  const prepared = await changeState('prepare', first, now, policy, x509Mint);
  const switched = await changeState('switch', prepared, now, policy, x509Mint);
  full = await changeState('prepare', switched, now, policy, x509Mint);
  data = writeState(full);
  other = await createState(now, policy, x509Mint);
});

const encode = (text: string): string => Buffer.from(text).toString('base64');

function stateOf(given: SecretData): CertificateState {
  const read = readState(given);
  if (read.kind !== 'state') throw new Error(JSON.stringify(read));
  return read.state;
}

describe('the data of the Secret', () => {
  it('gives back what was written', () => {
    expect(Object.keys(data)).toHaveLength(8);
    expect(readState(data)).toEqual({ kind: 'state', state: full, unusable: [] });
    expect(bundleOf(stateOf(data))).toBe(bundleOf(full));
    expect(bundleOf(full).match(/BEGIN CERTIFICATE/gu)).toHaveLength(3);
  });

  it.each([
    ['without keys', {}],
    ['with empty ones', { 'ca.crt': '', 'ca.key': '', 'tls.crt': '', 'tls.key': '' }],
    ['with others', { 'something.else': 'AAAA' }],
  ])('%s is empty', (_, given) => expect(readState(given)).toEqual({ kind: 'empty' }));

  it.each<[string, () => SecretData, string]>([
    [
      'an authority that is no certificate',
      () => ({ ...data, 'ca.crt': 'AAAA' }),
      'ca.crt is not a PEM certificate',
    ],
    [
      'a leaf for an authority',
      () => ({ ...data, 'ca.crt': data['tls.crt']! }),
      "ca.crt is not an authority's certificate",
    ],
    ['no key', () => ({ ...data, 'ca.key': '' }), 'ca.key is not an unencrypted PEM private key'],
    [
      'the key of another',
      () => ({ ...data, 'ca.key': encode(other.authority.key) }),
      'ca.key is not the private key of ca.crt',
    ],
    [
      'a leaf alone',
      () => ({ 'tls.crt': data['tls.crt']!, 'tls.key': data['tls.key']! }),
      'ca.crt is not a PEM certificate',
    ],
  ])('with %s is unusable', (_, make, why) => expect(readState(make())).toEqual({ kind: 'unusable', why }));

  it.each<[string, () => SecretData, keyof CertificateState, string]>([
    [
      'leaf of another authority',
      () => ({ ...data, ...leafOf(other) }),
      'leaf',
      'tls.crt is not signed by ca.crt',
    ],
    [
      'leaf with another key',
      () => ({ ...data, 'tls.key': encode(other.leaf!.key) }),
      'leaf',
      'tls.key is not the private key of the certificate in tls.crt',
    ],
    [
      'next authority without a key',
      () => ({ ...data, 'next-ca.key': '' }),
      'next',
      'next-ca.key is not an unencrypted PEM private key',
    ],
    [
      'previous one without a time',
      () => ({ ...data, 'previous-ca.until': '' }),
      'previous',
      'previous-ca.until is not a time',
    ],
    [
      'previous one that is garbage',
      () => ({ ...data, 'previous-ca.crt': 'AAAA' }),
      'previous',
      'previous-ca.crt is not a PEM certificate',
    ],
  ])('with a %s is used without it', (_, make, key, why) => {
    const { [key]: left, ...rest } = full;
    expect(left).toBeDefined();
    expect(readState(make())).toEqual({ kind: 'state', state: rest, unusable: [why] });
  });

  it('never quotes a key', () => {
    const secret = encode('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n');
    const given = { ...data, 'ca.key': secret, 'tls.key': secret, 'next-ca.key': secret };
    expect(JSON.stringify(readState(given))).not.toContain('c2VjcmV0');
  });
});

const leafOf = ({ leaf }: CertificateState): SecretData => ({
  'tls.crt': encode(leaf!.cert),
  'tls.key': encode(leaf!.key),
});
