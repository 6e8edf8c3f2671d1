/**
 * A certificate of the program's own, kept in a Secret: a turn, a pause until the next thing is due or something changes, and
 * so on. A leaf made on the spot is there until the Secret is read: nothing calls a replica that is not
 * ready.
 */
import type { CertificatePair, CertificateSource, Log } from '../source.ts';
import { createState } from './change-state.ts';
import { x509Mint } from './mint.ts';
import type { Policy } from './next-step.ts';
import type { Leaf } from './state.ts';
import { createTurns, type Turned } from './turn.ts';
import type { World } from './world.ts';

export interface OwnCertificate extends CertificateSource {
  /** Why the webhook cannot be called yet; undefined for ever after it could be once. */
  notReady(): string | undefined;
  /** How often a bundle that had been right was not, and was written again. */
  readonly bundleRepairs: number;
}

export interface OwnCertificateOptions {
  readonly world: World;
  /** Calls back whenever the Secret or a configuration may have changed, until the signal. */
  readonly follow: (onChange: () => void, signal: AbortSignal) => void;
  readonly policy: Policy;
  readonly log: Log;
  readonly clock: {
    now(): number;
    wait(ms: number, signal: AbortSignal): Promise<void>;
  };
  /** Delays after a failure. */
  readonly backoff: { next(): number; reset(): void };
}

/** The same complaint is logged again after this time. */
const repeatMs = 60_000;

/** Resolves when there is a certificate, before anything is read of the cluster. */
export async function startOwnCertificate(options: OwnCertificateOptions): Promise<OwnCertificate> {
  const { policy, log, clock, backoff } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const listeners = new Set<(pair: CertificatePair) => void>();
  const first = await createState(clock.now(), policy, x509Mint);
  let current = first.leaf as Leaf;
  let notReady: string | undefined = 'the certificate has not been looked for yet';
  let woken = new AbortController();
  const complain = createComplaints(log, () => clock.now());
  const turns = createTurns({
    ...options,
    mint: x509Mint,
    now: () => clock.now(),
    signal,
    onState({ leaf }) {
      if (leaf === undefined || leaf.cert === current.cert) return;
      current = leaf;
      for (const listener of listeners) listener(leaf);
      log('info', { notAfter: new Date(leaf.notAfterMs).toISOString() }, 'certificate reloaded');
    },
  });

  async function turn(): Promise<Pick<Turned, 'restMs' | 'pauseMs'>> {
    try {
      const turned = await turns.turn();
      backoff.reset();
      if (notReady !== undefined) notReady = turned.notReady;
      return turned;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (notReady !== undefined) notReady = `the certificate: ${message}`;
      if (!signal.aborted) complain(message);
      return { restMs: backoff.next(), pauseMs: 0 };
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      woken = new AbortController();
      const { restMs, pauseMs } = await turn();
      // No two replicas in step: their writes would meet again and again.
      await clock.wait(restMs * (0.5 + policy.jitter / 2), signal);
      await clock.wait(pauseMs, AbortSignal.any([signal, woken.signal]));
    }
  }
  options.follow(() => woken.abort(), signal);
  void run();

  return {
    get current() {
      return { cert: current.cert, key: current.key };
    },
    get notAfter() {
      return new Date(current.notAfterMs);
    },
    get reloadFailures() {
      return turns.failedReads;
    },
    get bundleRepairs() {
      return turns.bundleRepairs;
    },
    notReady: () => notReady,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => stopping.abort(),
  };
}

/** Says each complaint when it is new and once a minute. */
function createComplaints(log: Log, now: () => number): (message: string) => void {
  let last = '';
  let saidMs = Number.NEGATIVE_INFINITY;
  return (message) => {
    if (message === last && now() - saidMs < repeatMs) return;
    [last, saidMs] = [message, now()];
    log('error', { error: message }, 'cannot keep the certificate for now');
  };
}
