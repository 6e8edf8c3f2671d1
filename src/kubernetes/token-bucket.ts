/** Holds up to `burst` tokens and gets `perSecond` new ones. It is full at first. */
export interface TokenBucket {
  /** Takes a token and returns 0, or takes none and returns the milliseconds until there is one. */
  take(nowMs: number): number;
}

export function createTokenBucket(perSecond: number, burst: number): TokenBucket {
  let tokens = burst;
  let filledAtMs: number | undefined;
  return {
    take(nowMs) {
      // A clock that was set back gives nothing, and takes nothing away.
      const passedMs = Math.max(0, nowMs - (filledAtMs ?? nowMs));
      tokens = Math.min(burst, tokens + (passedMs * perSecond) / 1000);
      filledAtMs = nowMs;
      // Half a thousandth of slack: sums of fractions would else wait for the last billionth of a token.
      if (tokens < 0.9995) return Math.ceil(((1 - tokens) * 1000) / perSecond);
      tokens = Math.max(0, tokens - 1);
      return 0;
    },
  };
}
