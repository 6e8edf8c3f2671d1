/**
 * Asks the API server for one namespace, next to a running watch.
 *
 * A GET without a resourceVersion reads the latest state, so it is older than the cache only by what the watch
 * delivered while it was under way:
 *
 * | watch, meanwhile | the GET's version is | into the cache | answer |
 * | ---------------- | -------------------- | -------------- | ------ |
 * | nothing          | any                  | GET            | GET    |
 * | something        | newer                | GET            | GET    |
 * | something        | older or the same    | (watch stays)  | cache  |
 * | something        | not comparable       | (watch stays)  | GET    |
 * | something        | none, as it is a 404 | (watch stays)  | cache  |
 */
import type { Namespace } from '../kubernetes.types.ts';
import type { KubernetesClient } from './client.ts';
import { systemClock, type Clock } from './clock.ts';
import { hasStatus, KubernetesError } from './error.ts';
import type { ObjectMetadata } from './list-watch.ts';
import { createPacer, type PacerOptions } from './pacer.ts';
import { createRecentKeys } from './recent-keys.ts';
import type { NamespaceEntry, NamespaceStore } from './namespace-store.ts';
import { compareVersions } from './resource-version.ts';

/**
 * Whose reading it is, each with a budget of its own: names that nobody knows cost strangers nothing, and must not
 * use up what pods of namespaces need that have just been labelled.
 */
export type FetchBudget = 'unknown' | 'labelled';

/** In a burst and then one by one; what would wait longer than a review may is refused. */
const budgets: Readonly<Record<FetchBudget, PacerOptions>> = {
  unknown: { perSecond: 50, burst: 100, mostDelayMs: 1500 },
  labelled: { perSecond: 200, burst: 400, mostDelayMs: 1500 },
};

/** How long a namespace that is not there is not asked for again, unless the watch brings it; and how many those are. */
const missing = { keepMs: 2000, most: 10_000 } as const;

export interface NamespaceFetch {
  /**
   * Those who ask for a name while it is being fetched share the answer.
   * @throws KubernetesError `busy` if the budget is used up for longer than a review may wait
   */
  fetch(name: string, budget: FetchBudget): Promise<Namespace | undefined>;
  /** The watch brought this version of one namespace, or a list of all (name left out). */
  noteDelivery(version: string, name?: string): void;
}

export interface NamespaceFetchOptions {
  readonly client: KubernetesClient;
  readonly store: NamespaceStore;
  readonly compact: (metadata: ObjectMetadata) => NamespaceEntry;
  readonly fetchTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

interface Flight {
  readonly name: string;
  /** Ends the wait for the budget. */
  readonly arrived: AbortController;
  delivered?: string;
  answer?: Promise<Namespace | undefined>;
}

/** RFC 1123 label, the form of every namespace's name. Reviews are untrusted: `..` must not become part of a path. */
const nameForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u;

const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';

export function createNamespaceFetch(options: NamespaceFetchOptions): NamespaceFetch {
  const { clock = systemClock, store } = options;
  const flights = new Map<string, Flight>();
  const absent = createRecentKeys(missing.keepMs, missing.most);
  const pacers = { unknown: createPacer(budgets.unknown), labelled: createPacer(budgets.labelled) };

  async function fly(flight: Flight, budget: FetchBudget): Promise<Namespace | undefined> {
    const { name, arrived } = flight;
    const delayMs = pacers[budget].reserve(clock.now());
    if (delayMs === undefined) throw new KubernetesError('busy', 'too many namespaces are being read');
    if (delayMs > 0) await clock.wait(delayMs, AbortSignal.any([options.signal, arrived.signal]));
    // What the watch has brought meanwhile will do, but for a label that it may not have brought yet.
    if (budget === 'unknown' && arrived.signal.aborted) return store.get(name);
    const entry = await read(name, options);
    const namespace = settle(name, entry, flight.delivered, store);
    if (namespace === undefined) absent.add(name, clock.now());
    return namespace;
  }

  return {
    async fetch(name, budget) {
      if (!nameForm.test(name) || absent.has(name, clock.now())) return undefined;
      const key = `${budget}/${name}`;
      const flight = flights.get(key) ?? { name, arrived: new AbortController() };
      flights.set(key, flight);
      flight.answer ??= fly(flight, budget).finally(() => flights.delete(key));
      return flight.answer;
    },
    noteDelivery(version, name) {
      if (name === undefined) absent.clear();
      else absent.delete(name);
      for (const flight of flights.values())
        if (name === undefined || name === flight.name) {
          flight.delivered = version;
          flight.arrived.abort();
        }
    },
  };
}

async function read(name: string, options: NamespaceFetchOptions): Promise<NamespaceEntry | undefined> {
  const { client, compact, fetchTimeoutMs, signal } = options;
  try {
    const { body } = await client.request('GET', `/api/v1/namespaces/${name}`, {
      accept,
      timeoutMs: fetchTimeoutMs,
      signal,
    });
    return compact((body as { metadata: ObjectMetadata }).metadata);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

function settle(
  name: string,
  entry: NamespaceEntry | undefined,
  delivered: string | undefined,
  store: NamespaceStore,
): Namespace | undefined {
  if (entry === undefined) {
    if (delivered === undefined) store.remove(name);
    return store.get(name);
  }
  const order = delivered === undefined ? 1 : compareVersions(entry.version, delivered);
  if (order === undefined) return entry.namespace;
  if (order > 0) store.put(entry);
  return store.get(name);
}
