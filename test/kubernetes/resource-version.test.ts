import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, isOlder } from '../../src/kubernetes/resource-version.ts';

describe('compareVersions', () => {
  it('orders integers of any size as numbers', () => {
    const integer = fc.bigInt({ min: 1n, max: 2n ** 128n - 1n });
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const order = compareVersions(String(a), String(b)) ?? NaN;
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it.each([
    ['abc', 'abc', 0],
    ['abc', '12', undefined],
    ['12', '', undefined],
    ['012', '12', undefined],
    ['-1', '1', undefined],
    ['0', '1', undefined],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected);
  });
});

it('what cannot be compared is not older', () => {
  expect([isOlder('9', '10'), isOlder('10', '9'), isOlder('9', '9'), isOlder('a', '9')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
