/**
 * The namespaces of the cluster, by list and watch: answers stay at hand while the API server is away, and memory
 * grows with namespaces, not with pods. Metadata only is asked for, our own keys only are kept.
 */
import type { Namespace } from '../kubernetes.types.ts';
import type { Keys } from '../settings/keys.ts';
import type { KubernetesClient } from './client.ts';
import { runListWatch, type ListWatchTimings } from './list-watch.ts';
import type { Log } from './log.ts';
import { createNamespaceFetch, type FetchBudget } from './namespace-fetch.ts';
import { createCompact, createNamespaceStore } from './namespace-store.ts';

export interface NamespaceCache {
  /** From the cache. */
  get(name: string): Namespace | undefined;
  /**
   * One fresh GET with a short deadline, kept in the cache; a name that was not there is not asked for again at once.
   * @returns undefined where there is no such namespace
   * @throws KubernetesError for everything else
   */
  fetch(name: string, budget?: FetchBudget): Promise<Namespace | undefined>;
  /** The first list is complete. Stays true: without the API server the cache still answers. */
  isSynced(): boolean;
  readonly size: number;
  stop(): void;
}

export interface NamespaceCacheTimings extends ListWatchTimings {
  readonly fetchTimeoutMs: number;
}

export interface NamespaceCacheOptions extends Partial<NamespaceCacheTimings> {
  readonly client: KubernetesClient;
  readonly keys: Keys;
  readonly log: Log;
}

const defaultTimings: NamespaceCacheTimings = {
  fetchTimeoutMs: 1000, // inside the time that the API server gives a webhook
  listTimeoutMs: 30_000,
  idleMs: 300_000, // kube-apiserver aims at a bookmark a minute; measured on a quiet 1.35: the first after two
  backoffMinMs: 200,
  backoffMaxMs: 10_000, // also how long the cache may stay behind after an outage
};

/** Starts listing at once and returns; never throws. */
export function startNamespaceCache(options: NamespaceCacheOptions): NamespaceCache {
  const { client, keys, log } = options;
  const timings = { ...defaultTimings, ...options };
  const stopping = new AbortController();
  const { signal } = stopping;
  const store = createNamespaceStore();
  const compact = createCompact(keys);
  const fetcher = createNamespaceFetch({ ...timings, client, store, compact, signal });
  let isSynced = false;

  void runListWatch({
    ...timings,
    client,
    log,
    signal,
    compact,
    path: '/api/v1/namespaces',
    replace(entries, version) {
      store.replace(entries);
      fetcher.noteDelivery(version);
      isSynced = true;
      log('info', { namespaces: store.size }, 'namespaces listed');
    },
    put(entry) {
      store.put(entry);
      fetcher.noteDelivery(entry.version, entry.namespace.name);
    },
    remove({ name, resourceVersion }) {
      store.remove(name, resourceVersion);
      fetcher.noteDelivery(resourceVersion, name);
    },
  });

  return {
    get: (name) => store.get(name),
    fetch: (name, budget = 'unknown') => fetcher.fetch(name, budget),
    isSynced: () => isSynced,
    get size() {
      return store.size;
    },
    stop: () => stopping.abort(),
  };
}
