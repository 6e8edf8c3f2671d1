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
import { hasStatus } from './error.ts';
import type { ObjectMetadata } from './list-watch.ts';
import type { NamespaceEntry, NamespaceStore } from './namespace-store.ts';
import { compareVersions } from './resource-version.ts';

export interface NamespaceFetch {
  /** Those who ask for a name while it is being fetched share the answer. */
  fetch(name: string): Promise<Namespace | undefined>;
  /** The watch brought this version of one namespace, or a list of all (name left out). */
  noteDelivery(version: string, name?: string): void;
}

export interface NamespaceFetchOptions {
  readonly client: KubernetesClient;
  readonly store: NamespaceStore;
  readonly compact: (metadata: ObjectMetadata) => NamespaceEntry;
  readonly fetchTimeoutMs: number;
  readonly signal: AbortSignal;
}

interface Flight {
  delivered?: string;
  answer?: Promise<Namespace | undefined>;
}

/** RFC 1123 label, the form of every namespace's name. Reviews are untrusted: `..` must not become part of a path. */
const nameForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u;

const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';

export function createNamespaceFetch(options: NamespaceFetchOptions): NamespaceFetch {
  const flights = new Map<string, Flight>();
  return {
    async fetch(name) {
      if (!nameForm.test(name)) return undefined;
      const flight = flights.get(name) ?? {};
      flights.set(name, flight);
      flight.answer ??= read(name, options)
        .then((entry) => settle(name, entry, flight.delivered, options.store))
        .finally(() => flights.delete(name));
      return flight.answer;
    },
    noteDelivery(version, name) {
      for (const [asked, flight] of flights)
        if (name === undefined || name === asked) flight.delivered = version;
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
