import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allPorts,
  formatPorts,
  includesPort,
  maxPort,
  portSet,
  singlePorts,
  subtract,
  union,
  type PortRange,
  type PortSet,
} from '../../../src/settings/values/port-set.ts';
import { portListType, portsOf } from '../../../src/settings/values/port-list.ts';
import { bitsOf, clusteredPort, difference, sum } from './port-bits.ts';

const range: fc.Arbitrary<PortRange> = fc
  .tuple(clusteredPort, clusteredPort)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const ranges = fc.array(range, { maxLength: 12 });

function expectCanonical(set: PortSet): void {
  for (const [index, [from, to]] of set.entries()) {
    expect(from).toBeLessThanOrEqual(to);
    const next = set[index + 1];
    if (next) expect(next[0]).toBeGreaterThan(to + 1);
  }
}

describe('a set of ports', () => {
  it('holds exactly the ports of the ranges that it was made of, sorted and merged', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const set = portSet(given);
        expectCanonical(set);
        expect(bitsOf(set)).toEqual(bitsOf(given));
      }),
    );
  });

  it('is joined and subtracted port by port', () => {
    fc.assert(
      fc.property(ranges, ranges, (first, second) => {
        const [a, b] = [portSet(first), portSet(second)];
        expectCanonical(union(a, b));
        expectCanonical(subtract(a, b));
        expect(bitsOf(union(a, b))).toEqual(sum(bitsOf(a), bitsOf(b)));
        expect(bitsOf(subtract(a, b))).toEqual(difference(bitsOf(a), bitsOf(b)));
      }),
    );
  });

  it('knows its members', () => {
    fc.assert(
      fc.property(ranges, clusteredPort, (given, port) => {
        expect(includesPort(portSet(given), port)).toBe(bitsOf(given)[port] === 1);
      }),
    );
  });

  it('is read back from what it prints', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const set = portSet(given);
        const read = portListType({ names: false }).parse(formatPorts(set));
        expect(read.ok && portsOf(read.value, [], new Map())).toEqual(set);
      }),
    );
  });

  it.each([
    ['nothing', [], ''],
    ['one port', [[80, 80]], '80'],
    ['two neighbours as two ports', [[80, 81]], '80,81'],
    ['three neighbours as a range', [[80, 82]], '80-82'],
    ['every port', allPorts, '1-65535'],
    [
      'several',
      [
        [1, 1],
        [3, 4],
        [6, 9],
        [65_535, 65_535],
      ],
      '1,3,4,6-9,65535',
    ],
  ] satisfies [string, PortSet, string][])('prints %s', (_, set, text) => {
    expect(formatPorts(set)).toBe(text);
  });

  it('is made of single ports in any order, twice or once', () => {
    expect(singlePorts([81, 80, 443, 80, maxPort])).toEqual([
      [80, 81],
      [443, 443],
      [maxPort, maxPort],
    ]);
  });
});
