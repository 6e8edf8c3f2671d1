import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenBucket } from '../../src/kubernetes/token-bucket.ts';

describe('createTokenBucket', () => {
  it('gives a burst, then says how long to wait, then one per interval', () => {
    const bucket = createTokenBucket(10, 2);
    expect([0, 0, 0, 50, 100, 100].map((ms) => bucket.take(ms))).toEqual([0, 0, 100, 50, 0, 100]);
  });

  it('saves no more than its burst', () => {
    const bucket = createTokenBucket(10, 2);
    bucket.take(0);
    expect([60_000, 60_000, 60_000].map((ms) => bucket.take(ms) === 0)).toEqual([true, true, false]);
  });

  it('gives nothing for a clock that was set back, and works on', () => {
    const bucket = createTokenBucket(10, 1);
    expect([1000, 0, 100].map((ms) => bucket.take(ms) === 0)).toEqual([true, false, true]);
  });

  it('never gives more than burst and rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }), (gapsMs) => {
        const bucket = createTokenBucket(10, 5);
        let nowMs = 0;
        let given = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          if (bucket.take(nowMs) === 0) given += 1;
        }
        expect(given).toBeLessThanOrEqual(5 + nowMs / 100 + 0.01);
      }),
    );
  });
});
