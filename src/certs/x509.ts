/**
 * Makes certificates: an authority, and a server certificate that an authority signs. ECDSA P-256, because the API
 * server opens new connections to a webhook all the time and a handshake with it costs a tenth of RSA's.
 *
 * The X.509 library is imported only when a certificate is made: that takes 60 to 80 ms.
 */
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

/** Both PEM, the key as PKCS#8. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Certificates tell whole seconds: what is below is cut off. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A self-signed authority. @param commonName at most 64 characters */
export async function createAuthority(commonName: string, validity: Validity): Promise<KeyedCertificate> {
  const x509 = await importX509();
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    keys,
    name: `CN=${commonName}`,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

/**
 * A server certificate that the authority signs.
 * @param names DNS names and IP addresses under which the server is reached
 */
export async function issueServerCertificate(
  authority: KeyedCertificate,
  names: readonly string[],
  validity: Validity,
): Promise<KeyedCertificate> {
  const x509 = await importX509();
  const ca = new x509.X509Certificate(authority.cert);
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=outrigger', // at most 64 characters, which a Service's name may exceed; clients read the SANs
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

/** The library's containers need the metadata polyfill to be there before them. */
async function importX509() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const base64 = pem.replaceAll(/-----[^-]+-----|\s/gu, '');
  return crypto.subtle.importKey('pkcs8', Buffer.from(base64, 'base64'), algorithm, false, ['sign']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = base64.match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
