/**
 * A certificate made on the spot, for the demo, for development and for tests: an authority of its own, whose key is
 * forgotten at once, and one server certificate signed by it.
 */
import type { CertificatePair } from './source.ts';
import { createAuthority, issueServerCertificate } from './x509.ts';

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

const yearMs = 365 * 24 * 60 * 60_000;
/** For clients whose clock is behind ours. */
const backdateMs = 5 * 60_000;

/** @throws Error if `names` is empty: nobody could connect */
export async function createSelfSigned(options: SelfSignedOptions): Promise<SelfSigned> {
  const { names, validityMs = yearMs, now = new Date() } = options;
  if (names.length === 0) throw new Error('a certificate needs at least one DNS name or IP address');
  const validity = {
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + validityMs),
  };
  const authority = await createAuthority('outrigger self-signed CA', validity);
  return { ...(await issueServerCertificate(authority, names, validity)), ca: authority.cert };
}
