/**
 * A certificate made on the spot, for the demo, for development and for tests: an authority of its own, whose key is
 * forgotten at once, and one server certificate signed by it. ECDSA P-256, as the API server opens new connections to
 * a webhook all the time and a handshake with it costs a tenth of RSA's.
 *
 * The X.509 library is imported only when a certificate is made: that takes 60 to 80 ms.
 */
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { X509Certificate } from '@peculiar/x509';
import type { CertificatePair } from './source.ts';

export interface SelfSigned extends CertificatePair {
  /** PEM, for those who connect: the webhook configuration's `caBundle`. */
  readonly ca: string;
}

export interface SelfSignedOptions {
  /** DNS names and IP addresses under which the server is reached. */
  readonly names: readonly string[];
  /** Default one year. */
  readonly validityMs?: number;
  readonly now?: Date;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const yearMs = 365 * 24 * 60 * 60_000;
/** For clients whose clock is behind ours. */
const backdateMs = 5 * 60_000;

/** @throws Error where `names` is empty: nobody could connect */
export async function createSelfSigned(options: SelfSignedOptions): Promise<SelfSigned> {
  const { names, validityMs = yearMs, now = new Date() } = options;
  if (names.length === 0) throw new Error('a certificate needs at least one DNS name or IP address');
  const x509 = await importX509();
  const validity = {
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + validityMs),
  };
  const authority = await createKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    keys: authority,
    name: 'CN=outrigger self-signed CA',
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const { certificate, privateKey } = await createServerCertificate(names, validity, ca, authority);
  return { cert: certificate.toString('pem'), key: await exportKey(privateKey), ca: ca.toString('pem') };
}

async function createServerCertificate(
  names: readonly string[],
  validity: { readonly notBefore: Date; readonly notAfter: Date },
  ca: X509Certificate,
  authority: webcrypto.CryptoKeyPair,
): Promise<{ certificate: X509Certificate; privateKey: webcrypto.CryptoKey }> {
  const x509 = await importX509();
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=outrigger', // at most 64 characters, which a Service's name may exceed; clients read the SANs
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { certificate, privateKey: keys.privateKey };
}

/** The library's containers need the metadata polyfill to be there before them. */
async function importX509() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = base64.match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
