import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  missingNames,
  portListType,
  portsOf,
  portType,
  type NamedPorts,
} from '../../../src/settings/values/port-list.ts';
import { formatPorts, portSet, singlePorts, type PortRange } from '../../../src/settings/values/port-set.ts';
import { bitsOf, clusteredPort, difference, sum, type PortBits } from './port-bits.ts';

const withNames = portListType({ names: true });
const withoutNames = portListType({ names: false });

const named: NamedPorts = new Map([
  ['http', [8080]],
  ['dns', [53, 5353]],
]);
const inherited = portSet([
  [20, 25],
  [3306, 3306],
]);

/** The ports that a text means, printed. */
function meaning(text: string): string {
  const list = withNames.parse(text);
  return list.ok ? formatPorts(portsOf(list.value, inherited, named)) : `error: ${list.error}`;
}

interface Item {
  readonly text: string;
  readonly negated: boolean;
  readonly ports: readonly PortRange[];
}

const space = fc.constantFrom('', '', ' ', '  ', '\t');
const body: fc.Arbitrary<Omit<Item, 'negated'>> = fc.oneof(
  {
    weight: 4,
    arbitrary: clusteredPort.map((port) => ({ text: `${port}`, ports: [[port, port]] as const })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(clusteredPort, clusteredPort, space)
      .map(([a, b, gap]) => [Math.min(a, b), Math.max(a, b), gap] as const)
      .map(([from, to, gap]) => ({ text: `${from}${gap}-${gap}${to}`, ports: [[from, to]] as const })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Omit<Item, 'negated'>>(
      { text: '*', ports: [[1, 65_535]] },
      { text: 'default', ports: inherited },
      { text: 'http', ports: [[8080, 8080]] },
      { text: 'dns', ports: singlePorts([53, 5353]) },
      { text: 'absent', ports: [] },
    ),
  },
);
const item: fc.Arbitrary<Item> = fc
  .tuple(body, fc.boolean(), space, space, space)
  .map(([{ text, ports }, negated, before, between, after]) => ({
    text: `${before}${negated ? `!${between}` : ''}${text}${after}`,
    negated,
    ports,
  }));

function modelOf(items: readonly Item[]): PortBits {
  const all = (negated: boolean): PortBits =>
    items
      .filter((candidate) => candidate.negated === negated)
      .map(({ ports }) => bitsOf(ports))
      .reduce(sum, bitsOf([]));
  const onlyNegations = items.length > 0 && items.every(({ negated }) => negated);
  return difference(onlyNegations ? bitsOf([[1, 65_535]]) : all(false), all(true));
}

describe('a port list', () => {
  it('means the plain items less the negated ones, whatever their order and spaces', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), fc.boolean(), (items, trailingComma) => {
        const text = items.map((one) => one.text).join(',') + (trailingComma && items.length > 0 ? ',' : '');
        const list = withNames.parse(text);
        expect(list.ok && bitsOf(portsOf(list.value, inherited, named)), text).toEqual(modelOf(items));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a blank text is the empty set', '', ''],
    ['spaces alone are the empty set', '  ', ''],
    ['a trailing comma is ignored', '80,', '80'],
    ['spaces around items, ! and - are ignored', ' 80 , ! 20 - 22, 20-30', '23-30,80'],
    ['a range may have one port', '80-80', '80'],
    ['a star is every port', '*', '1-65535'],
    ['a negation alone starts from every port', '!8080', '1-8079,8081-65535'],
    ['a negated star alone is nothing', '!*', ''],
    ['default stands for what is inherited', 'default,4406', '20-25,3306,4406'],
    ['a negation counts wherever it stands', '!3306,default', '20-25'],
    ['default can be taken out', '*,!default', '1-19,26-3305,3307-65535'],
    ['a name means every port of that name', 'dns', '53,5353'],
    ['a name that no container has selects nothing', 'absent,80', '80'],
    ['the last port counts', '65535', '65535'],
  ])('%s', (_, text, ports) => {
    expect(meaning(text)).toBe(ports);
  });

  const allowed =
    "is not a port or a container port's name; allowed are ports (4406), ranges (8000-8080), port names (http), default and *, each with ! to take it out";
  const outOfBounds = 'is out of bounds; ports are 1 to 65535, without a leading zero';
  it.each([
    ['a typo', '4406x', `"4406x" ${allowed}`],
    ['a port zero', '0', `"0" ${outOfBounds}`],
    ['a port above 65535', '80,65536', `"65536" ${outOfBounds}`],
    ['a port with more digits than a port has', '100000', `"100000" ${outOfBounds}`],
    ['a leading zero', '080', `"080" ${outOfBounds}`],
    ['a range from zero', '0-80', `"0-80" ${outOfBounds}`],
    ['a range that runs backwards', '90-80', '"90-80" runs backwards; write 80-90'],
    ['a sign', '+80', `"+80" ${allowed}`],
    ['an open range', '80-', `"80-" ${allowed}`],
    ['a negative number', '-80', `"-80" ${allowed}`],
    ['two negations', '!!80', `"!!80" ${allowed}`],
    ['a negation of nothing', '80,!', `"!" ${allowed}`],
    ['two ports with a space between', '80 90', `"80 90" ${allowed}`],
    ['digits that are not ASCII', '８０', `"８０" ${allowed}`],
    ['a name in capitals', 'HTTP', `"HTTP" ${allowed}`],
    ['a name of 16 characters', 'abcdefghijklmnop', `"abcdefghijklmnop" ${allowed}`],
    ['an empty item', '80,,90', 'an item between two commas is empty; leave one comma out'],
    [
      'several typos',
      '80,4406x,0,y_,4406x',
      `"4406x" is not a port or a container port's name, "0" is out of bounds, "y_" is not a port or a container port's name; allowed are ports (4406), ranges (8000-8080), port names (http), default and *, each with ! to take it out; ports are 1 to 65535, without a leading zero`,
    ],
    ['a leading comma', ',80', 'an item between two commas is empty; leave one comma out'],
    ['two trailing commas', '80,,', 'an item between two commas is empty; leave one comma out'],
  ])('refuses %s', (_, text, error) => {
    expect(withNames.parse(text)).toEqual({ ok: false, error });
  });

  it('takes names on the inbound side only', () => {
    expect(withNames.parse('http').ok).toBe(true);
    expect(withoutNames.parse('80,http')).toEqual({
      ok: false,
      error:
        '"http" is not a port; allowed are ports (4406), ranges (8000-8080), default and *, each with ! to take it out',
    });
  });

  it('tells which of its names no container has, negated or not', () => {
    const list = withNames.parse('http,mysql,!grpc,80');
    expect(list.ok && missingNames(list.value, named)).toEqual(['mysql', 'grpc']);
  });

  it.each([
    ['default,80', true],
    ['!default', true],
    ['80', false],
    ['', false],
  ])('%j refers to what it overrides: %s', (text, expected) => {
    const list = withNames.parse(text);
    expect(list.ok && withNames.usesInherited?.(list.value)).toBe(expected);
  });

  it('quotes no more than a line of a long wrong item', () => {
    const list = withNames.parse('x'.repeat(10_000));
    expect(!list.ok && list.error.length).toBeLessThan(300);
  });
});

describe('a single port', () => {
  it.each([
    ['4143', 4143],
    [' 1 ', 1],
    ['65535', 65_535],
  ])('is read from %j', (text, port) => {
    expect(portType.parse(text)).toEqual({ ok: true, value: port });
  });

  it.each(['', '0', '65536', '080', '80,81', '80-81', 'http', '1e3', '-1'])('is not %j', (text) => {
    expect(portType.parse(text)).toEqual({
      ok: false,
      error: `"${text}" is not a port; allowed are 1 to 65535, without a leading zero`,
    });
  });
});
