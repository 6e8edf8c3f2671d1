import 'reflect-metadata';
import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type JsonName,
} from '@peculiar/x509';

const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 60 * 60 * 1000;

/** A certificate with its key, both PEM; the key as PKCS#8. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Who a client is to the API server: the common name is the user, the organisations are its groups. */
export interface ClientIdentity {
  readonly user: string;
  readonly groups?: readonly string[];
}

export interface CertificateAuthority {
  /** PEM, what goes into a caBundle. */
  readonly certificate: string;
  /** A server certificate for these DNS names and IP addresses. */
  issueServer(hosts: readonly string[]): Promise<KeyPair>;
  issueClient(identity: ClientIdentity): Promise<KeyPair>;
}

/** Makes a CA of our own. Certificates start a day early, for clocks set back, and hold for 30 days. */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    keys,
    name: [{ CN: [commonName] }],
    signingAlgorithm: curve,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  const issue = async (
    subject: JsonName,
    usage: ExtendedKeyUsage,
    hosts: readonly string[],
  ): Promise<KeyPair> => {
    const leaf = await generateKeys();
    const names = hosts.map((host) => ({
      type: isIP(host) ? ('ip' as const) : ('dns' as const),
      value: host,
    }));
    const certificate = await X509CertificateGenerator.create({
      ...validity(),
      subject,
      issuer: ca.subject,
      publicKey: leaf.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: curve,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await exportPrivateKey(leaf.privateKey) };
  };

  return {
    certificate: ca.toString('pem'),
    issueServer: (hosts) => issue([{ CN: [hosts[0] ?? 'localhost'] }], ExtendedKeyUsage.serverAuth, hosts),
    issueClient: ({ user, groups = [] }) =>
      issue([...groups.map((O) => ({ O: [O] })), { CN: [user] }], ExtendedKeyUsage.clientAuth, []),
  };
}

/** The key that signs service account tokens, and the public half that verifies them. Both PEM. */
export async function createTokenKeys(): Promise<{
  readonly privateKey: string;
  readonly publicKey: string;
}> {
  const keys = await generateKeys();
  const spki = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return {
    privateKey: await exportPrivateKey(keys.privateKey),
    publicKey: PemConverter.encode(spki, 'PUBLIC KEY'),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 30 * dayMs) };
}
