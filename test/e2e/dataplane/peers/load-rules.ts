/** Random port lists for the kernel to interpret, and the ports at which a list could be one off. */
import * as fc from 'fast-check';
import { envoy } from '../../../../src/proxy/envoy/backend.ts';
import { portListType, portsOf, type PortList } from '../../../../src/settings/values/port-list.ts';
import { maxPort, portSet, type PortRange, type PortSet } from '../../../../src/settings/values/port-set.ts';

/** Ports that lie close to each other, so that ranges touch and overlap, and both ends of all. */
const port = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 8000, max: 8060 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: maxPort }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 2, 3306, 4139, 4141, 4144, 4567, maxPort - 1, maxPort) },
);

const item = fc
  .tuple(
    fc.oneof(
      port.map(String),
      fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc
        .tuple(port, fc.integer({ min: 1, max: 5 }))
        .map(([a, more]) => `${a}-${Math.min(maxPort, a + more)}`),
      fc.constant('default'),
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([body, first, second]) => (first && second ? `!${body}` : body));

/** Lists as users write them; every other one is longer than what a multiport rule takes. */
export function randomLists(count: number, seed: number): string[] {
  const short = fc.array(item, { minLength: 1, maxLength: 6 });
  const long = fc.uniqueArray(port, { minLength: 20, maxLength: 45 }).map((ports) => ports.map(String));
  const mixed = fc.tuple(long, short).map(([many, few]) => [...many, ...few]);
  const lists = fc.oneof(short, mixed).map((items) => items.join(','));
  return fc.sample(lists, { numRuns: count, seed });
}

type SkipKey = 'skip-inbound-ports' | 'skip-outbound-ports';

function parse(list: string): PortList {
  const result = portListType({ names: false }).parse(list);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** The ports that a list in an annotation selects, as the injector understands it. */
export function selectedBy(key: SkipKey, text: string): PortSet {
  const inherited = portsOf(parse(envoy.defaults[key] ?? ''), [], new Map());
  return portsOf(parse(text), inherited, new Map());
}

/** The set that a flag of the init container names, written by ports and ranges. */
export function setOfFlag(args: readonly string[], flag: string): PortSet {
  const index = args.indexOf(flag);
  if (index < 0) return [];
  return portSet((args[index + 1] ?? '').split(',').map(rangeOf));
}

function rangeOf(text: string): PortRange {
  const [from = 0, to = from] = text.split('-').map(Number);
  return [from, to];
}

/** First and last of each range of the set and of each item of the text, and the ports beside them. */
export function boundaries(set: PortSet, text: string): number[] {
  const written = text.match(/\d+(?:-\d+)?/gu) ?? [];
  const ends = [...set, ...written.map(rangeOf)].flatMap(([from, to]) => [from - 1, from, to, to + 1]);
  const valid = ends.filter((end) => end >= 1 && end <= maxPort);
  return [...new Set(valid)].toSorted((a, b) => a - b);
}
