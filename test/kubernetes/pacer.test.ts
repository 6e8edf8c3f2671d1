import { describe, expect, it } from 'vitest';
import { createPacer } from '../../src/kubernetes/pacer.ts';

describe('a pacer', () => {
  it('lets a burst through, then one by one, and refuses what would wait too long', () => {
    const pacer = createPacer({ perSecond: 10, burst: 3, mostDelayMs: 250 });
    expect([0, 0, 0, 0, 0, 0, 0].map((now) => pacer.reserve(now))).toEqual([
      0,
      0,
      0,
      100,
      200,
      undefined,
      undefined,
    ]);
    expect(pacer.reserve(100)).toBe(200);
    expect([2000, 2000, 2000, 2000].map((now) => pacer.reserve(now))).toEqual([0, 0, 0, 100]);
  });

  it('goes on if the clock was set back', () => {
    const pacer = createPacer({ perSecond: 10, burst: 1, mostDelayMs: 250 });
    expect(pacer.reserve(1_000_000)).toBe(0);
    expect([0, 400].map((now) => pacer.reserve(now)).some((delay) => delay !== undefined)).toBe(true);
  });
});
