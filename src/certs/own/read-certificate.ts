/** Facts of a certificate. */
import type { X509Certificate } from 'node:crypto';
import type { Life } from './state.ts';

export function lifeOf(certificate: X509Certificate): Life {
  return {
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
}

/** From `DNS:a, DNS:b, IP Address:127.0.0.1`: a, b. */
export function dnsNamesOf(certificate: X509Certificate): string[] {
  const entries = (certificate.subjectAltName ?? '').split(', ');
  return entries.filter((entry) => entry.startsWith('DNS:')).map((entry) => entry.slice('DNS:'.length));
}
