/** Logs what is wrong with a certificate: at start, at each reload, and daily while its end comes near. */
import type { CertificateSource, Log } from './source.ts';
import { factsOf, findAge, findTrouble, type Trouble } from './trouble.ts';

export interface TroubleOptions {
  readonly source: CertificateSource;
  /** The name by which the API server calls us; undefined if nobody knows it. */
  readonly host: string | undefined;
  readonly log: Log;
  readonly now?: () => number;
  /** How often its age is looked at. Default an hour. */
  readonly intervalMs?: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** @returns a function that ends it */
export function watchTrouble(options: TroubleOptions): () => void {
  const { source, host, log, now = Date.now, intervalMs = hourMs } = options;
  let facts = factsOf(source.current.cert);
  let told: { readonly level: string; readonly atMs: number } | undefined;

  const tell = ({ level, message }: Trouble): void => {
    const { subject, names, notAfter } = facts;
    log(level, { subject, sans: names, notAfter: notAfter.toISOString() }, message);
  };
  /** Once a day, and at once when it gets worse. */
  const tellAge = (): void => {
    const age = findAge(facts, new Date(now()));
    if (age === undefined) return;
    if (told !== undefined && told.level === age.level && now() - told.atMs < dayMs) return;
    told = { level: age.level, atMs: now() };
    tell(age);
  };
  const look = (): void => {
    for (const trouble of findTrouble(facts, host, new Date(now()))) tell(trouble);
    const isExpired = now() >= facts.notAfter.getTime();
    told = isExpired ? { level: 'error', atMs: now() } : undefined;
    tellAge();
  };

  look();
  const unsubscribe = source.onChange(({ cert }) => {
    facts = factsOf(cert);
    look();
  });
  const timer = setInterval(tellAge, intervalMs).unref();
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
