import { describe, expect, it } from 'vitest';
import { createBackoff } from '../../src/kubernetes/backoff.ts';

function delays(random: number): number[] {
  const backoff = createBackoff(100, 1000, () => random);
  return Array.from({ length: 6 }, () => backoff.next());
}

describe('createBackoff', () => {
  it('doubles up to the maximum', () => {
    expect(delays(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('never draws less than half', () => {
    expect(delays(0)).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('starts anew after a reset', () => {
    const backoff = createBackoff(100, 1000, () => 1);
    backoff.next();
    backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });
});
