/** Spreads what may be done over time: each gets a moment of its own, in the order of asking. */
export interface Pacer {
  /** @returns the milliseconds until its moment; undefined if that would be too late */
  reserve(nowMs: number): number | undefined;
}

export interface PacerOptions {
  readonly perSecond: number;
  /** How many may be done at once after a quiet time. */
  readonly burst: number;
  readonly mostDelayMs: number;
}

export function createPacer({ perSecond, burst, mostDelayMs }: PacerOptions): Pacer {
  const intervalMs = 1000 / perSecond;
  let nextMs = -Infinity;
  return {
    reserve(nowMs) {
      // What lies further ahead than anything that was reserved tells of a clock that was set back.
      const isAhead = nextMs > nowMs + mostDelayMs + burst * intervalMs;
      const fromMs = isAhead ? nowMs : Math.max(nowMs, nextMs);
      const delayMs = Math.max(0, fromMs - nowMs - (burst - 1) * intervalMs);
      if (delayMs > mostDelayMs) return undefined;
      nextMs = fromMs + intervalMs;
      return delayMs;
    },
  };
}
