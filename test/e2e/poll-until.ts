import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  readonly timeoutMs: number;
  /** What is waited for, for the error: "the pod's sidecar". */
  readonly what: string;
  /** Default 50 ms. */
  readonly intervalMs?: number;
}

/**
 * Calls `fn` until it gives something truthy, and returns that. A throw counts as "not yet"; the last one is
 * quoted when time is up, because it usually says why.
 */
export async function pollUntil<T>(
  fn: () => T | Promise<T>,
  { timeoutMs, what, intervalMs = 50 }: PollOptions,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await fn();
      if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) break;
    await delay(intervalMs);
  }
  const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}${reason}`, { cause: lastError });
}
