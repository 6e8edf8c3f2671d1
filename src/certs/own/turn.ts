/**
 * One look at the cluster, and what follows from it: at most one change of the Secret, and the bundle wherever it is
 * another one. Configurations are read before the Secret: whoever saw a bundle then knows at least the Secret that it
 * was made from, so that two replicas never undo each other's bundles.
 */
import type { Log } from '../source.ts';
import { publishTo, readTargets, viewOf, type TargetReading } from './bundles.ts';
import { changeState, createState, type Mint } from './change-state.ts';
import { nextStep, type Change, type Policy } from './next-step.ts';
import { createPublication } from './publication.ts';
import { readState, writeState } from './secret-data.ts';
import { bundleOf, type CertificateState } from './state.ts';
import type { StoredSecret, World } from './world.ts';

export interface TurnOptions {
  readonly world: World;
  readonly policy: Policy;
  readonly mint: Mint;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Nothing is written any more once it is aborted. */
  readonly signal: AbortSignal;
  /** Everything is looked at again after this time, whatever was heard of. Default a minute. */
  readonly resyncMs?: number;
  /** Called with each state that the Secret holds. */
  readonly onState: (state: CertificateState) => void;
}

export interface Turned {
  /** How long to be deaf: whoever fights with us over a bundle gets one write a second. */
  readonly restMs: number;
  /** When to look again after that although nothing has been heard of; 0: at once. */
  readonly pauseMs: number;
  /** Why the webhook cannot be called yet. */
  readonly notReady: string | undefined;
}

export interface Turns {
  /** @throws what went wrong first, after everything that could be done has been */
  turn(): Promise<Turned>;
  readonly failedReads: number;
  readonly bundleRepairs: number;
}

const restMs = 100;
const restAfterRepairMs = 1000;
/** Whoever has no memory leaves this much time to others who may have one. */
const graceMs = 5000;
/** Up to here our clock is left to be right: an answer takes time, and its date tells whole seconds. */
const toleratedSkewMs = 30_000;

export function createTurns(options: TurnOptions): Turns {
  const { world, policy, mint, log, signal, onState, resyncMs = 60_000 } = options;
  const { store } = world;
  const publication = createPublication();
  const missing = createOnce();
  const unreadable = createOnce();
  const skewed = createOnce();
  let remembered: CertificateState | undefined;
  let lostSinceMs: number | undefined;
  let failedReads = 0;
  let bundleRepairs = 0;

  /** The API server's clock if ours is far from it: it is the one that judges certificates. */
  function timeOf(serverTimeMs: number | undefined): number {
    const nowMs = options.now();
    const skewMs = (serverTimeMs ?? nowMs) - nowMs;
    const isSkewed = Math.abs(skewMs) > toleratedSkewMs;
    if (skewed.isNew(isSkewed ? 'skewed' : ''))
      log(
        'warn',
        { seconds: Math.round(skewMs / 1000) },
        "the API server's clock is far from ours; its time counts",
      );
    return isSkewed ? nowMs + skewMs : nowMs;
  }

  function noteMissing(readings: readonly TargetReading[]): void {
    const absent = readings.filter(({ stored, failure }) => stored === undefined && failure === undefined);
    const names = absent.map(({ target }) => target.name).join(', ');
    if (missing.isNew(names))
      log('warn', { missing: names }, 'nothing calls this webhook: no such configuration');
  }

  function noteUnusable(why: readonly string[], { version }: StoredSecret): void {
    if (!unreadable.isNew(why.length === 0 ? '' : version)) return;
    failedReads += 1;
    log(
      'error',
      { secret: store.name, error: why.join('; ') },
      'the Secret holds what cannot be used; replaced',
    );
  }

  /** Writes what we remember, or something new, into a Secret that is missing, empty or garbage. */
  async function recover(
    secret: StoredSecret | undefined,
    readings: readonly TargetReading[],
    nowMs: number,
  ): Promise<Turned> {
    const isLost = remembered !== undefined;
    lostSinceMs ??= options.now();
    // Bundles that are there already: another replica knows their authority, and writes it back.
    if (!isLost && hasBundle(readings) && options.now() - lostSinceMs < graceMs)
      return {
        restMs,
        pauseMs: graceMs,
        notReady: `${store.name} is empty; another replica may know better`,
      };
    // Helm deletes configurations before the Secret: who writes it back then leaves it behind for ever.
    if (secret === undefined && isLost && !(await isCalled()))
      return {
        restMs,
        pauseMs: resyncMs,
        notReady: `${store.name} is gone, and so are the webhook configurations`,
      };
    const state = remembered ?? (await createState(nowMs, policy, mint));
    if (signal.aborted) return { restMs, pauseMs: resyncMs, notReady: 'shutting down' };
    const written = await store.write(writeState(state), secret);
    if (written === 'written')
      log(
        isLost ? 'warn' : 'info',
        { secret: store.name },
        isLost ? 'certificate written back' : 'certificate made',
      );
    return { restMs, pauseMs: 0, notReady: `the certificate is not in ${store.name} yet` };
  }

  /** Whether a configuration exists. Read anew: they are the first to go. */
  async function isCalled(): Promise<boolean> {
    const readings = await readTargets(world.targets);
    return readings.length === 0 || readings.some(({ stored }) => stored !== undefined);
  }

  async function change(
    kind: Change,
    state: CertificateState,
    secret: StoredSecret,
    nowMs: number,
  ): Promise<void> {
    if (kind === 'create') return;
    const changed = await changeState(kind, state, nowMs, policy, mint);
    if (signal.aborted) return;
    if ((await store.write(writeState(changed), secret)) === 'conflict') return;
    log('info', { secret: store.name, ...endsOf(changed) }, changeMessages[kind]);
    remembered = changed;
    onState(changed);
  }

  /** @returns what could not be read or written, and how many were repaired */
  async function publish(
    wrong: readonly TargetReading[],
    bundle: string,
  ): Promise<{ readonly failures: readonly unknown[]; readonly repairs: number }> {
    const unread: unknown[] = wrong.flatMap(({ failure }) => failure ?? []);
    if (signal.aborted) return { failures: unread, repairs: 0 };
    const { written, failures } = await publishTo(wrong, bundle);
    const repaired = publication.wrote(written);
    noteRepairs(repaired);
    return { failures: [...unread, ...failures], repairs: repaired.length };
  }

  function noteRepairs(repaired: readonly string[]): void {
    bundleRepairs += repaired.length;
    for (const configuration of repaired)
      log('warn', { configuration }, 'caBundle was changed by somebody else; repaired');
  }

  return {
    get failedReads() {
      return failedReads;
    },
    get bundleRepairs() {
      return bundleRepairs;
    },
    async turn() {
      const readings = await readTargets(world.targets);
      const { secret, serverTimeMs } = await store.read();
      const nowMs = timeOf(serverTimeMs);
      noteMissing(readings);
      const read = secret === undefined ? undefined : readState(secret.data);
      if (secret && read?.kind === 'unusable') noteUnusable([read.why], secret);
      if (secret === undefined || read?.kind !== 'state') return recover(secret, readings, nowMs);
      lostSinceMs = undefined;
      noteUnusable(read.unusable, secret);
      remembered = read.state;
      onState(read.state);
      const bundle = bundleOf(read.state);
      const views = readings.map((reading) => viewOf(reading, bundle));
      const publishedSinceMs = publication.note(bundle, views, nowMs);
      const wrong = readings.filter((_, index) => views[index]?.isRight === false);
      const { failures, repairs } = await publish(wrong, bundle);
      const step = nextStep({ stored: read.state, publishedSinceMs, nowMs }, policy);
      if (step.kind !== 'rest') await change(step.kind, read.state, secret, nowMs);
      if (failures.length > 0) throw failures[0];
      const isPublished = wrong.length === 0;
      return {
        restMs: repairs > 0 ? restAfterRepairMs : restMs,
        pauseMs: step.kind === 'rest' && isPublished ? Math.min(step.untilMs - nowMs, resyncMs) : 0,
        notReady: read.state.leaf === undefined || !isPublished ? notYet(wrong, store.name) : undefined,
      };
    },
  };
}

function hasBundle(readings: readonly TargetReading[]): boolean {
  return readings.some(({ stored }) => stored?.bundles.some((bundle) => bundle !== ''));
}

function notYet(wrong: readonly TargetReading[], secretName: string): string {
  if (wrong.length === 0) return `the certificate is not in ${secretName} yet`;
  return `caBundle of ${wrong.map(({ target }) => target.name).join(', ')} is not published yet`;
}

const changeMessages: Readonly<Record<Exclude<Change, 'create'>, string>> = {
  issue: 'certificate issued',
  prepare: 'next authority made; it is published before it signs',
  switch: 'certificate issued by the next authority',
  forget: 'previous authority is trusted no more',
};

function endsOf({ authority, leaf }: CertificateState): Readonly<Record<string, string>> {
  return {
    authorityNotAfter: new Date(authority.notAfterMs).toISOString(),
    ...(leaf && { notAfter: new Date(leaf.notAfterMs).toISOString() }),
  };
}

/** Tells a state of affairs that has just begun from one that goes on, for lines that are logged once. */
function createOnce(): { isNew(state: string): boolean } {
  let last = '';
  return {
    isNew(state) {
      const isNew = state !== '' && state !== last;
      last = state;
      return isNew;
    },
  };
}
