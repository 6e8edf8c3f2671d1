/** Remembers keys for a while, and never more than so many. */
export interface RecentKeys {
  has(key: string, nowMs: number): boolean;
  add(key: string, nowMs: number): void;
  delete(key: string): void;
  clear(): void;
  readonly size: number;
}

/** @param maxKeys above it the oldest is forgotten early */
export function createRecentKeys(keepMs: number, maxKeys: number): RecentKeys {
  // A Map keeps the order of insertion, so the oldest stand in front.
  const seenAtMs = new Map<string, number>();
  return {
    has: (key, nowMs) => nowMs - (seenAtMs.get(key) ?? -Infinity) < keepMs,
    add(key, nowMs) {
      seenAtMs.delete(key);
      seenAtMs.set(key, nowMs);
      for (const [oldest, atMs] of seenAtMs) {
        if (seenAtMs.size <= maxKeys && nowMs - atMs < keepMs) return;
        seenAtMs.delete(oldest);
      }
    },
    delete: (key) => void seenAtMs.delete(key),
    clear: () => seenAtMs.clear(),
    get size() {
      return seenAtMs.size;
    },
  };
}
