/**
 * A cluster in which time is a variable: one Secret, webhook configurations, API servers that hear of a new bundle
 * late, and replicas that take real turns. Everything decided, made and written is real but for the clock and the API.
 */
import { X509Certificate } from 'node:crypto';
import { x509Mint } from '../../../src/certs/own/mint.ts';
import type { Policy } from '../../../src/certs/own/next-step.ts';
import type { SecretData } from '../../../src/certs/own/secret-data.ts';
import type { Leaf } from '../../../src/certs/own/state.ts';
import { createTurns, type Turns } from '../../../src/certs/own/turn.ts';
import type { BundleTarget, SecretStore, StoredSecret, World } from '../../../src/certs/own/world.ts';

export interface Replica {
  readonly turns: Turns;
  leaf: Leaf | undefined;
  isReady: boolean;
  nextAtMs: number;
}

export interface SimulationOptions {
  readonly policy: Omit<Policy, 'jitter'>;
  /** 0 to 1, as long as is asked for: all chance comes from here. */
  readonly random: () => number;
  /** How much later than it was written an API server may hear of a bundle. */
  readonly informerLagMs: number;
  readonly startMs?: number;
}

/** A configuration; each API server has its own view of it. */
interface Configuration {
  bundle: string;
  version: number;
}

export class SimulatedCluster {
  nowMs: number;
  secret: StoredSecret | undefined;
  readonly configurations = new Map<string, Configuration>();
  readonly replicas: Replica[] = [];
  readonly lines: string[] = [];
  readonly leaves = new Set<string>();
  readonly authorities = new Set<string>();
  isAway = false;
  /** What is to happen to the views of API servers: at that time, that bundle. */
  readonly #views: { atMs: number; name: string; bundle: string }[] = [];
  readonly #seen = new Map<string, string>();
  readonly #options: SimulationOptions;
  #version = 1;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.nowMs = options.startMs ?? Date.UTC(2030, 0, 1);
  }

  addConfiguration(name: string): void {
    this.configurations.set(name, { bundle: '', version: this.#version++ });
    this.wakeAll();
  }

  /** Somebody else writes; API servers hear of it at once, which is the worst. */
  spoil(name: string, bundle: string): void {
    this.configurations.set(name, { bundle, version: this.#version++ });
    this.wakeAll();
  }

  setSecret(data: SecretData | undefined): void {
    this.secret = data && { data, version: String(this.#version++) };
    this.wakeAll();
  }

  /** @param skewMs how far its clock is ahead */
  addReplica(skewMs = 0): Replica {
    const { policy, random } = this.#options;
    const replica: Replica = { leaf: undefined, isReady: false, nextAtMs: this.nowMs, turns: undefined! };
    const turns = createTurns({
      world: this.#world(),
      policy: { ...policy, jitter: random() },
      mint: x509Mint,
      resyncMs: 24 * 3_600_000, // a minute of real time would be a million turns
      log: (level, _, message) => void this.lines.push(`${level} ${message}`),
      now: () => this.nowMs + skewMs,
      signal: new AbortController().signal,
      onState: ({ leaf, authority }) => {
        if (leaf) replica.leaf = leaf;
        if (leaf) this.leaves.add(leaf.cert);
        this.authorities.add(authority.cert);
      },
    });
    Object.assign(replica, { turns });
    this.replicas.push(replica);
    return replica;
  }

  wakeAll(): void {
    for (const replica of this.replicas)
      replica.nextAtMs = Math.min(replica.nextAtMs, this.nowMs + this.#options.random() * 2000);
  }

  async turn(replica: Replica): Promise<void> {
    try {
      const { restMs, pauseMs, notReady } = await replica.turns.turn();
      replica.isReady ||= notReady === undefined;
      replica.nextAtMs = this.nowMs + Math.max(restMs, 50) + Math.max(0, pauseMs);
    } catch {
      replica.nextAtMs = this.nowMs + 2000;
    }
  }

  /** Goes on until that time, with a check after each thing that happens. */
  async runUntil(untilMs: number, check: () => void): Promise<void> {
    for (;;) {
      const next = this.replicas.toSorted((one, other) => one.nextAtMs - other.nextAtMs)[0];
      const view = this.#views[0];
      const atMs = Math.min(
        next?.nextAtMs ?? Number.POSITIVE_INFINITY,
        view?.atMs ?? Number.POSITIVE_INFINITY,
      );
      if (atMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      if (view && view.atMs <= this.nowMs) {
        this.#views.shift();
        this.#seen.set(view.name, view.bundle);
      } else if (next) await this.turn(next);
      check();
    }
    this.nowMs = untilMs;
    check();
  }

  /** What is wrong with what a replica serves now, as an API server sees it. */
  complaintAbout({ leaf, isReady }: Replica): string | undefined {
    if (!isReady) return undefined;
    if (leaf === undefined) return 'no leaf';
    if (this.nowMs < leaf.notBeforeMs || this.nowMs >= leaf.notAfterMs) return 'the leaf is not valid now';
    for (const name of this.configurations.keys())
      if (!isTrusted(leaf.cert, this.#seen.get(name) ?? '')) return `${name}: the leaf is not trusted`;
    return undefined;
  }

  #world(): World {
    const store: SecretStore = {
      name: 'Secret mesh/certificate',
      read: async () => {
        await this.#answer();
        return { secret: this.secret, serverTimeMs: this.nowMs };
      },
      write: async (data, over) => {
        await this.#answer();
        if (this.secret?.version !== over?.version) return 'conflict';
        this.setSecret(data);
        return 'written';
      },
    };
    return { store, targets: ['mutating', 'validating'].map((name) => this.#target(name)) };
  }

  #target(name: string): BundleTarget {
    return {
      name,
      read: async () => {
        await this.#answer();
        const found = this.configurations.get(name);
        return found && { version: String(found.version), bundles: [found.bundle, found.bundle] };
      },
      publish: async (bundle, over) => {
        await this.#answer();
        if (String(this.configurations.get(name)?.version) !== over.version) return 'conflict';
        this.configurations.set(name, { bundle, version: this.#version++ });
        this.#views.push({
          atMs: this.nowMs + this.#options.random() * this.#options.informerLagMs,
          name,
          bundle,
        });
        this.#views.sort((one, other) => one.atMs - other.atMs);
        this.wakeAll();
        return 'written';
      },
    };
  }

  /** A turn of the event loop, in which another replica may be faster. */
  async #answer(): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new Error('the API server is away');
  }
}

const verdicts = new Map<string, boolean>();

function isTrusted(cert: string, bundle: string): boolean {
  const key = cert + bundle;
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const leaf = new X509Certificate(cert);
  const pems =
    Buffer.from(bundle, 'base64')
      .toString()
      .match(/-----BEGIN[^]+?-----END CERTIFICATE-----/gu) ?? [];
  const verdict = pems
    .map((pem) => new X509Certificate(pem))
    .some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  verdicts.set(key, verdict);
  return verdict;
}
