/** The namespaces in memory: of each its name, its version and what Outrigger reads. */
import type { Namespace, StringMap } from '../kubernetes.types.ts';
import type { Keys } from '../settings/keys.ts';
import type { ObjectMetadata } from './list-watch.ts';
import { isOlder } from './resource-version.ts';

export interface NamespaceEntry {
  readonly namespace: Namespace;
  readonly version: string;
}

export interface NamespaceStore {
  get(name: string): Namespace | undefined;
  readonly size: number;
  /** Takes a list as the whole truth, whatever its versions. */
  replace(entries: readonly NamespaceEntry[]): void;
  /** Leaves a newer one in place. */
  put(entry: NamespaceEntry): void;
  /** Leaves a newer one in place: a namespace that was made anew. */
  remove(name: string, version?: string): void;
}

export function createNamespaceStore(): NamespaceStore {
  let entries = new Map<string, NamespaceEntry>();
  const hasNewer = (name: string, version: string): boolean => {
    const present = entries.get(name);
    return present !== undefined && isOlder(version, present.version);
  };
  return {
    get: (name) => entries.get(name)?.namespace,
    get size() {
      return entries.size;
    },
    replace(listed) {
      entries = new Map(listed.map((entry) => [entry.namespace.name, entry]));
    },
    put(entry) {
      const { name } = entry.namespace;
      if (!hasNewer(name, entry.version)) entries.set(name, entry);
    },
    remove(name, version) {
      if (version === undefined || !hasNewer(name, version)) entries.delete(name);
    },
  };
}

/** Shared by all that have none of our keys, which are most. */
const none: StringMap = Object.freeze({});

/** What is kept of a namespace: our own keys, and the labels of Pod Security admission. */
export function createCompact(keys: Keys): (metadata: ObjectMetadata) => NamespaceEntry {
  const isOurs = (key: string): boolean => key === keys.inject || keys.isConfig(key);
  const isLabel = (key: string): boolean => isOurs(key) || key.startsWith('pod-security.kubernetes.io/');
  return ({ name, resourceVersion, labels, annotations }) => ({
    namespace: { name, labels: pick(labels, isLabel), annotations: pick(annotations, isOurs) },
    version: resourceVersion,
  });
}

function pick(map: StringMap | undefined, isKept: (key: string) => boolean): StringMap {
  const kept = Object.entries(map ?? {}).filter(([key]) => isKept(key));
  return kept.length === 0 ? none : Object.fromEntries(kept);
}
