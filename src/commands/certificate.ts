/** The serving certificate: from files, or made on the spot. */
import { hostname } from 'node:os';
import { watchClientCa, type ClientCaSource } from '../certs/client-ca.ts';
import { watchCertificateFiles } from '../certs/files.ts';
import { createSelfSigned } from '../certs/self-signed.ts';
import { fixedSource, type CertificateSource } from '../certs/source.ts';
import { OutriggerError } from '../errors.ts';
import type { LogLine } from './log.ts';

export interface OpenedCertificate {
  readonly source: CertificateSource;
  /** PEM, where the certificate was made here: nobody else knows its CA. */
  readonly ca?: string;
}

/**
 * Reads a certificate and its key, and goes on reading them when they change.
 * @throws OutriggerError with code `certificate`
 */
export async function openCertificateFiles(
  certFile: string,
  keyFile: string,
  log: LogLine,
): Promise<OpenedCertificate> {
  try {
    return { source: await watchCertificateFiles({ certFile, keyFile, log }) };
  } catch (error) {
    throw new OutriggerError('certificate', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/** Reads the authority of `--client-ca`. @throws OutriggerError with code `certificate` */
export async function openClientCa(file: string, log: LogLine): Promise<ClientCaSource> {
  try {
    return await watchClientCa({ file, log });
  } catch (error) {
    throw new OutriggerError('certificate', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/** A certificate for this machine and for the Service that the chart makes. */
export async function makeCertificate(): Promise<OpenedCertificate & { readonly ca: string }> {
  const names = ['localhost', '127.0.0.1', '::1', hostname(), 'outrigger.outrigger.svc'];
  const { ca, ...pair } = await createSelfSigned({ names });
  return { source: fixedSource(pair), ca };
}
