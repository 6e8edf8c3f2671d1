import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { CertificatePair } from './source.ts';

/** The two paths, or other names by which the reader knows the two texts. */
export interface PairNames {
  readonly cert: string;
  readonly key: string;
}

/**
 * That TLS can be served with this pair. Not that it is valid today: an expired certificate is the client's to
 * refuse, and a server that does not start could not be told apart from one that is broken.
 *
 * @returns the end of its validity
 * @throws Error that names the file; never with a part of its content
 */
export function checkPair({ cert, key }: CertificatePair, names: PairNames): Date {
  const certificate = attempt(() => new X509Certificate(cert), `${names.cert} is not a PEM certificate`);
  const privateKey = attempt(
    () => createPrivateKey(key),
    `${names.key} is not an unencrypted PEM private key`,
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(`${names.key} is not the private key of the certificate in ${names.cert}`);
  // The rest of a chain is read by nobody else until the first handshake.
  attempt(() => createSecureContext({ cert, key }), `TLS cannot use ${names.cert} with ${names.key}`);
  return certificate.validToDate;
}

function attempt<T>(make: () => T, message: string): T {
  try {
    return make();
  } catch (error) {
    throw new Error(message, { cause: error });
  }
}
