/** Which certificate is served: what the flags say, and whether that agrees with the configuration. */
import { OutriggerError } from '../errors.ts';
import { makeCertificateFor, openCertificateFiles, type ServingCertificate } from './certificate.ts';
import type { LogLine } from './log.ts';

export interface CertificateFlags {
  readonly config?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly 'self-signed'?: true;
  readonly 'ca-file'?: string;
  readonly offline?: true;
}

const needed =
  'a certificate is needed: --cert FILE and --key FILE, or --self-signed, or certificates.source: own in --config FILE';

/** What is wrong with the flags alone. Whether none are needed is known once a configuration file is read. */
export function findFlagErrors(flags: CertificateFlags): string[] {
  const { config, cert, key, 'self-signed': isSelfSigned = false, 'ca-file': caFile } = flags;
  const isGiven = cert !== undefined || key !== undefined;
  const isPair = cert !== undefined && key !== undefined;
  return [
    ...(isSelfSigned && isGiven
      ? ['--self-signed makes its own certificate; leave out --cert and --key, or leave out --self-signed']
      : []),
    ...(!isSelfSigned && !isPair && (isGiven || config === undefined) ? [needed] : []),
    ...(caFile !== undefined && !isSelfSigned ? ['--ca-file is for --self-signed'] : []),
  ];
}

/** @throws OutriggerError with code `usage` if flags and configuration together name no certificate, or two */
export function checkSource(flags: CertificateFlags, isOwn: boolean, ownNamespace: string | undefined): void {
  const hasFlags = flags['self-signed'] === true || flags.cert !== undefined;
  const errors = [
    ...(!isOwn && !hasFlags ? [needed] : []),
    ...(isOwn && hasFlags
      ? ['certificates.source is own: leave out --cert, --key and --self-signed, or make it files']
      : []),
    ...(isOwn && flags.offline
      ? ['certificates.source is own, which needs a cluster; leave out --offline']
      : []),
    ...(isOwn && !flags.offline && ownNamespace === undefined
      ? ['certificates.source is own, which needs --own-namespace NAME outside of a pod']
      : []),
  ];
  if (errors.length > 0) throw new OutriggerError('usage', errors.join('\n'));
}

/** @returns undefined if the flags name none */
export async function openCertificate(
  flags: CertificateFlags,
  log: LogLine,
): Promise<ServingCertificate | undefined> {
  const { cert, key } = flags;
  if (flags['self-signed']) return makeCertificateFor(flags['ca-file']);
  return cert === undefined || key === undefined ? undefined : openCertificateFiles(cert, key, log);
}
