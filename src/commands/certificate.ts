/** The serving certificate: from files, made on the spot, or kept in the cluster. */
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { watchCertificateFiles } from '../certs/files.ts';
import { createSelfSigned } from '../certs/self-signed.ts';
import { fixedSource, type CertificateSource } from '../certs/source.ts';
import { OutriggerError } from '../errors.ts';
import type { LogLine } from './log.ts';

/** A certificate with what only one that is kept in the cluster has. */
export interface ServingCertificate extends CertificateSource {
  /** Why the webhook cannot be called with it yet. */
  notReady?(): string | undefined;
  /** How often somebody else had changed a `caBundle`. */
  readonly bundleRepairs?: number;
}

/**
 * Reads a certificate and its key, and goes on reading them when they change.
 * @throws OutriggerError with code `certificate`
 */
export async function openCertificateFiles(
  certFile: string,
  keyFile: string,
  log: LogLine,
): Promise<CertificateSource> {
  try {
    return await watchCertificateFiles({ certFile, keyFile, log });
  } catch (error) {
    throw new OutriggerError('certificate', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

export interface MadeCertificate {
  readonly source: CertificateSource;
  /** PEM: nobody else knows it. */
  readonly ca: string;
}

/** A certificate for this machine and for the Service that the chart makes. */
export async function makeCertificate(): Promise<MadeCertificate> {
  const names = ['localhost', '127.0.0.1', '::1', hostname(), 'outrigger.outrigger.svc'];
  const { ca, ...pair } = await createSelfSigned({ names });
  return { source: fixedSource(pair), ca };
}

/**
 * The same, with its CA in a file: stdout is for the log.
 * @throws OutriggerError with code `file`
 */
export async function makeCertificateFor(caFile: string | undefined): Promise<CertificateSource> {
  const { source, ca } = await makeCertificate();
  if (caFile === undefined) return source;
  try {
    await writeFile(caFile, ca);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutriggerError('file', `cannot write ${caFile}: ${reason}`, { cause: error });
  }
  return source;
}
