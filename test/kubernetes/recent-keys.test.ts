import { describe, expect, it } from 'vitest';
import { createRecentKeys } from '../../src/kubernetes/recent-keys.ts';

describe('createRecentKeys', () => {
  it('knows a key for its time, counted from the last time it came', () => {
    const keys = createRecentKeys(100, 10);
    keys.add('a', 0);
    expect([keys.has('a', 99), keys.has('a', 100), keys.has('b', 0)]).toEqual([true, false, false]);
    keys.add('a', 100);
    expect(keys.has('a', 199)).toBe(true);
  });

  it('throws out what is too old when something new comes', () => {
    const keys = createRecentKeys(100, 10);
    keys.add('a', 0);
    keys.add('b', 50);
    keys.add('c', 120);
    expect(keys.size).toBe(2);
  });

  it('is never larger than its limit, and forgets the oldest first', () => {
    const keys = createRecentKeys(1000, 3);
    for (const [i, key] of ['a', 'b', 'a', 'c', 'd'].entries()) keys.add(key, i);
    expect(keys.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].filter((key) => keys.has(key, 5))).toEqual(['a', 'c', 'd']);
  });
});
