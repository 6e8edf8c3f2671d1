/** Makes real certificates for `changeState`. */
import { X509Certificate } from 'node:crypto';
import { createAuthority, issueServerCertificate, type Validity } from '../x509.ts';
import type { Mint } from './change-state.ts';
import { dnsNamesOf, lifeOf } from './read-certificate.ts';
import type { Life } from './state.ts';

export const x509Mint: Mint = {
  async createAuthority(life) {
    // The time tells two authorities apart for people; clients go by the key.
    const name = `outrigger CA ${new Date().toISOString()}`;
    const made = await createAuthority(name, validityOf(life));
    return { ...made, ...lifeOf(new X509Certificate(made.cert)) };
  },
  async issueLeaf(authority, names, life) {
    const made = await issueServerCertificate(authority, names, validityOf(life));
    const certificate = new X509Certificate(made.cert);
    return { ...made, ...lifeOf(certificate), names: dnsNamesOf(certificate) };
  },
};

function validityOf({ notBeforeMs, notAfterMs }: Life): Validity {
  return { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) };
}
