export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  next(): number;
  reset(): void;
}

/**
 * Doubles from `minMs` to `maxMs`; each delay is drawn from its upper half, so that the replicas of a Deployment
 * that lost the same API server do not come back in step, and none comes back at once.
 * @param random 0 to 1
 */
export function createBackoff(minMs: number, maxMs: number, random: () => number = Math.random): Backoff {
  let ceilingMs = minMs;
  return {
    next() {
      const delayMs = ceilingMs * (0.5 + random() / 2);
      ceilingMs = Math.min(ceilingMs * 2, maxMs);
      return delayMs;
    },
    reset() {
      ceilingMs = minMs;
    },
  };
}
