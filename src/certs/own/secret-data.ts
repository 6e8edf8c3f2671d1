/**
 * The Secret's data. Whoever may write the Secret may write anything, so each part is checked as if a stranger had.
 *
 * | Key | What |
 * | --- | --- |
 * | `ca.crt`, `ca.key` | the authority that signs |
 * | `tls.crt`, `tls.key` | the serving certificate |
 * | `next-ca.crt`, `next-ca.key` | the authority that signs later, while there is one |
 * | `previous-ca.crt`, `previous-ca.until` | authorities that sign no more, and until when they are trusted (RFC 3339) |
 *
 * A leaf, a next or a previous authority that cannot be used is left out: a new one follows. Without a signing
 * authority nothing is usable.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { checkPair } from '../check-pair.ts';
import { dnsNamesOf, lifeOf } from './read-certificate.ts';
import type { Authority, CertificateState, Leaf } from './state.ts';

/** Base64 by key, as the API has it. */
export type SecretData = Readonly<Record<string, string>>;

export type ReadState =
  | { readonly kind: 'state'; readonly state: CertificateState; readonly unusable: readonly string[] }
  /** As the chart renders it. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'unusable'; readonly why: string };

export function readState(data: SecretData): ReadState {
  const isEmpty = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].every((key) => (data[key] ?? '') === '');
  if (isEmpty) return { kind: 'empty' };
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const unusable: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      unusable.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const has = (key: string): boolean => (data[key] ?? '') !== '';
  const authority = attempt(() => readAuthority(text('ca.crt'), text('ca.key'), 'ca'));
  if (authority === undefined) return { kind: 'unusable', why: unusable.join('; ') };
  const leaf = attempt(() => readLeaf(text('tls.crt'), text('tls.key'), authority));
  const next = has('next-ca.crt')
    ? attempt(() => readAuthority(text('next-ca.crt'), text('next-ca.key'), 'next-ca'))
    : undefined;
  const previous = has('previous-ca.crt')
    ? attempt(() => readPrevious(text('previous-ca.crt'), text('previous-ca.until')))
    : undefined;
  const state = { authority, ...(leaf && { leaf }), ...(next && { next }), ...(previous && { previous }) };
  return { kind: 'state', state, unusable };
}

export function writeState({ authority, leaf, next, previous }: CertificateState): SecretData {
  const texts = {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    ...(leaf && { 'tls.crt': leaf.cert, 'tls.key': leaf.key }),
    ...(next && { 'next-ca.crt': next.cert, 'next-ca.key': next.key }),
    ...(previous && {
      'previous-ca.crt': previous.certs.map((cert) => `${cert.trim()}\n`).join(''),
      'previous-ca.until': new Date(previous.untilMs).toISOString(),
    }),
  };
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

function readAuthority(cert: string, key: string, name: string): Authority {
  const certificate = readCertificate(cert, `${name}.crt`);
  if (!certificate.ca) throw new Error(`${name}.crt is not an authority's certificate`);
  let isPair = false;
  try {
    isPair = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new Error(`${name}.key is not an unencrypted PEM private key`);
  }
  if (!isPair) throw new Error(`${name}.key is not the private key of ${name}.crt`);
  return { cert, key, ...lifeOf(certificate) };
}

function readLeaf(cert: string, key: string, authority: Authority): Leaf {
  checkPair({ cert, key }, { cert: 'tls.crt', key: 'tls.key' });
  const certificate = new X509Certificate(cert);
  if (!certificate.verify(new X509Certificate(authority.cert).publicKey))
    throw new Error('tls.crt is not signed by ca.crt');
  return { cert, key, ...lifeOf(certificate), names: dnsNamesOf(certificate) };
}

function readPrevious(text: string, until: string): { certs: readonly string[]; untilMs: number } {
  const certs = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  for (const cert of certs) readCertificate(cert, 'previous-ca.crt');
  const untilMs = Date.parse(until);
  if (certs.length === 0) throw new Error('previous-ca.crt is not a PEM certificate');
  if (Number.isNaN(untilMs)) throw new Error('previous-ca.until is not a time');
  return { certs: certs.map((cert) => `${cert}\n`), untilMs };
}

function readCertificate(pem: string, name: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error(`${name} is not a PEM certificate`);
  }
}
