/**
 * What is wrong with a serving certificate, before a client says so: API servers tell nobody but their own log why
 * they refuse one. Pure.
 */
import { X509Certificate } from 'node:crypto';

export interface Trouble {
  readonly level: 'warn' | 'error';
  readonly message: string;
}

export interface CertificateFacts {
  readonly subject: string;
  /** As OpenSSL writes them; empty if there are none. */
  readonly names: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether a client that dials this name accepts the certificate. */
  readonly covers: (name: string) => boolean;
}

/** @param pem the certificate, or a chain with it at its head */
export function factsOf(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    names: certificate.subjectAltName ?? '',
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    // Go's clients look at SANs only.
    covers: (name) => certificate.checkHost(name, { subject: 'never' }) !== undefined,
  };
}

/** Wrong from its first moment on, or by now: told at start and at each reload. */
export function findTrouble(facts: CertificateFacts, host: string | undefined, now: Date): Trouble[] {
  const { names, notBefore, notAfter, covers } = facts;
  const warnings = [
    ...(now < notBefore ? [`the certificate is not valid before ${notBefore.toISOString()}`] : []),
    ...(names === '' ? ['the certificate has no subjectAltName: API servers refuse it'] : []),
    ...(names !== '' && host !== undefined && !covers(host)
      ? [`the certificate is not for ${host}, by which the API server calls the Service`]
      : []),
  ];
  const aged = findAge(facts, now);
  return [
    ...warnings.map((message) => ({ level: 'warn' as const, message })),
    ...(now >= notAfter && aged ? [aged] : []),
  ];
}

/** Told daily: a quarter of its life is left, a tenth, nothing. Whoever renews certificates does so before that. */
export function findAge({ notBefore, notAfter }: CertificateFacts, now: Date): Trouble | undefined {
  const left = (notAfter.getTime() - now.getTime()) / (notAfter.getTime() - notBefore.getTime());
  if (left <= 0) return { level: 'error', message: `the certificate expired at ${notAfter.toISOString()}` };
  const message = `the certificate expires at ${notAfter.toISOString()} and was not renewed`;
  if (left < 0.1) return { level: 'error', message };
  return left < 0.25 ? { level: 'warn', message } : undefined;
}
