/** Where a server gets its certificate from: files, memory, and whatever comes later. */
import { X509Certificate } from 'node:crypto';

/** Both PEM; `cert` may be a chain, the server's own certificate first. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateSource {
  readonly current: CertificatePair;
  /** End of the current certificate's validity. */
  readonly notAfter: Date;
  /** How often what was to replace it could not be used. */
  readonly reloadFailures: number;
  /** Called after `current` has changed. @returns a function that ends the subscription */
  onChange(listener: (pair: CertificatePair) => void): () => void;
  stop(): void;
}

/** What this folder needs of a logger. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  fields: Readonly<Record<string, unknown>>,
  message: string,
) => void;

/** A pair that never changes. */
export function fixedSource(pair: CertificatePair): CertificateSource {
  return {
    current: pair,
    notAfter: new X509Certificate(pair.cert).validToDate,
    reloadFailures: 0,
    onChange: () => () => undefined,
    stop: () => undefined,
  };
}
