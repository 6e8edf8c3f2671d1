/**
 * A certificate and its key from two files, read again when they change.
 *
 * Both are read once a second and their content is compared. inotify would be told less: Kubernetes swaps the
 * symbolic link `..data` of a Secret's volume, so that a watch on a file stays with the old one, a watch on its folder
 * sees only the link, and network file systems report nothing; mtime and inode can stay the same when a file is
 * written twice within a clock tick. Two reads of some kilobytes cost less than being wrong about one of these.
 *
 * A reader may come between two writes, so a pair that does not fit together is logged and the old one kept.
 */
import { readFile } from 'node:fs/promises';
import { checkPair } from './check-pair.ts';
import type { CertificatePair, CertificateSource, Log } from './source.ts';

export interface CertificateFilesOptions {
  /** Paths of PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly log: Log;
  /** Default 1 s; a Secret's volume itself lags up to a minute behind. */
  readonly intervalMs?: number;
}

/** @throws Error that quotes the path: missing, unreadable, not PEM, key of another certificate */
export async function watchCertificateFiles(options: CertificateFilesOptions): Promise<CertificateSource> {
  const { certFile, keyFile, log, intervalMs = 1000 } = options;
  const names = { cert: certFile, key: keyFile };
  const listeners = new Set<(pair: CertificatePair) => void>();
  let current = await readPair(options);
  let notAfter = checkPair(current, names);
  let lastSeen = describe(current);
  let reloadFailures = 0;

  /** Acts once on each state of the files, not once a second. */
  async function poll(): Promise<void> {
    const seen = await readPair(options).catch((error: unknown) => error as Error);
    if (isStopped || describe(seen) === lastSeen) return;
    lastSeen = describe(seen);
    try {
      if (seen instanceof Error) throw seen;
      const validTo = checkPair(seen, names);
      if (describe(seen) === describe(current)) {
        log('info', { certFile }, 'certificate files are as before');
        return;
      }
      [current, notAfter] = [seen, validTo];
      for (const listener of listeners) listener(current);
      log('info', { certFile, notAfter: notAfter.toISOString() }, 'certificate reloaded');
    } catch (error) {
      reloadFailures += 1;
      log('warn', { error: (error as Error).message }, 'cannot take the certificate files as they are now');
    }
  }

  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const pollLater = (): void => {
    if (!isStopped) timer = setTimeout(() => void poll().finally(pollLater), intervalMs).unref();
  };
  pollLater();

  return {
    get current() {
      return current;
    },
    get notAfter() {
      return notAfter;
    },
    get reloadFailures() {
      return reloadFailures;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function readPair({ certFile, keyFile }: CertificateFilesOptions): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  return { cert, key };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`, {
      cause: error,
    });
  }
}

/** Two states of the files are the same where this is. */
function describe(seen: CertificatePair | Error): string {
  return seen instanceof Error ? seen.message : `${seen.cert}\0${seen.key}`;
}
