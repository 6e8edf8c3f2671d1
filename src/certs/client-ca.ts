/**
 * The authority whose certificates clients have to show, from a file that is read again when it changes: once a
 * second, for the reasons that stand in `files.ts`. What cannot be taken is logged, and the old one kept.
 */
import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import type { Log } from './source.ts';

export interface ClientCaSource {
  /** PEM, one certificate or more. */
  readonly current: string;
  /** Called after `current` has changed. */
  onChange(listener: (ca: string) => void): void;
  stop(): void;
}

export interface ClientCaOptions {
  readonly file: string;
  readonly log: Log;
  /** Default 1 s. */
  readonly intervalMs?: number;
}

/** @throws Error that quotes the path: missing, unreadable, no certificate inside */
export async function watchClientCa({
  file,
  log,
  intervalMs = 1000,
}: ClientCaOptions): Promise<ClientCaSource> {
  const listeners = new Set<(ca: string) => void>();
  let current = await readCa(file);
  let lastSeen = current;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** Acts once on each state of the file, not once a second. */
  const poll = async (): Promise<void> => {
    const seen = await readCa(file).catch((error: unknown) => error as Error);
    const state = seen instanceof Error ? seen.message : seen;
    if (isStopped || state === lastSeen) return;
    lastSeen = state;
    if (seen instanceof Error) log('warn', { error: seen.message }, 'cannot take the client CA as it is now');
    else if (seen !== current) {
      current = seen;
      for (const listener of listeners) listener(current);
      log('info', { file }, 'client CA reloaded');
    }
  };
  const pollLater = (): void => {
    if (!isStopped) timer = setTimeout(() => void poll().finally(pollLater), intervalMs).unref();
  };
  pollLater();
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.add(listener),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

const certificates = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/gu;

async function readCa(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new Error(`cannot read ${file}: ${code}`, { cause: error });
  });
  const found = text.match(certificates) ?? [];
  if (found.length === 0) throw new Error(`${file} holds no PEM certificate`);
  for (const [index, pem] of found.entries())
    if (!isCertificate(pem)) throw new Error(`${file}: certificate ${index + 1} cannot be read`);
  return found.join('\n');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
