/**
 * The text in which people name ports, and how it becomes a set.
 *
 * Comma-separated items, spaces around them ignored: a port, a range `a-b`, the name of a container's port, `default` (what
 * would have been inherited), `*`; each may be negated with `!`. The set is the union of the plain items less
 * the union of the negated ones, whatever their order; negations alone start from `*`. A trailing comma is
 * ignored, an empty item inside is an error, a blank text is the empty set.
 */
import { bad, badItems, maxListLength, ok, quote, type Result, type ValueType } from './result.ts';
import { allPorts, maxPort, portSet, subtract, type PortRange, type PortSet } from './port-set.ts';

type PortItem = { readonly negated: boolean } & (
  | { readonly kind: 'range'; readonly range: PortRange }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'default' }
);

export interface PortList {
  readonly items: readonly PortItem[];
}

/** Ports by name, of the pod that the list is for. */
export type NamedPorts = ReadonlyMap<string, readonly number[]>;

/** A port list in which names of container ports may stand (the inbound side) or may not (the outbound side). */
export function portListType({ names }: { readonly names: boolean }): ValueType<PortList> {
  return {
    name: 'port list',
    maxLength: maxListLength,
    parse: (text) => parsePortList(text, names),
    usesInherited: (list) => list.items.some((item) => item.kind === 'default'),
  };
}

/** Only there: to read `80 90` as 8090 would be a guess. */
const spacesAround = /\s*([!-])\s*/gu;

function parsePortList(text: string, names: boolean): Result<PortList> {
  const parts = text.split(',').map(withoutSpaces);
  if (parts.at(-1) === '') parts.pop();
  // Each item once: what it stands for may be long, and a list may repeat it by the thousand.
  const items = [...new Set(parts)].map((part) => parseItem(part, names));
  const errors = items.flatMap((item) => (item.ok ? [] : [item.error]));
  return errors.length > 0
    ? badItems(errors)
    : ok({ items: items.flatMap((item) => (item.ok ? [item.value] : [])) });
}

/** Spaces inside an item are for people; one with hundreds of them is for nobody. */
function withoutSpaces(part: string): string {
  const trimmed = part.trim();
  return trimmed.length > 100 ? trimmed : trimmed.replaceAll(spacesAround, '$1');
}

function parseItem(part: string, names: boolean): Result<PortItem> {
  const negated = part.startsWith('!');
  const body = negated ? part.slice(1) : part;
  if (part === '') return bad('an item between two commas is empty; leave one comma out');
  if (body === '*') return ok({ negated, kind: 'range', range: [1, maxPort] });
  if (body === 'default') return ok({ negated, kind: 'default' });
  const range = /^(\d+)(?:-(\d+))?$/u.exec(body);
  if (range) return parseRange(body, range[1], range[2], negated);
  // A port's name may begin with a digit in Kubernetes; here it may not, so that `4406x` is a typo everywhere.
  if (names && /^[a-z](?:-?[a-z0-9]){0,14}$/u.test(body) && body.length <= 15)
    return ok({ negated, kind: 'name', name: body });
  return bad(`${quote(part)} is not a port${names ? " or a container port's name" : ''}; ${allowed(names)}`);
}

function parseRange(
  body: string,
  first: string | undefined,
  second: string | undefined,
  negated: boolean,
): Result<PortItem> {
  const from = parsePort(first ?? '');
  const to = second === undefined ? from : parsePort(second);
  if (from === undefined || to === undefined)
    return bad(`${quote(body)} is out of bounds; ports are 1 to ${maxPort}, without a leading zero`);
  if (from > to) return bad(`${quote(body)} runs backwards; write ${to}-${from}`);
  return ok({ negated, kind: 'range', range: [from, to] });
}

function parsePort(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/u.test(text)) return undefined;
  const port = Number(text);
  return port <= maxPort ? port : undefined;
}

function allowed(names: boolean): string {
  return `allowed are ports (4406), ranges (8000-8080)${names ? ', port names (http)' : ''}, default and *, each with ! to take it out`;
}

/** A single port, for settings that take exactly one. */
export const portType: ValueType<number> = {
  name: 'port',
  parse(text) {
    const port = parsePort(text.trim());
    return port === undefined
      ? bad(`${quote(text)} is not a port; allowed are 1 to ${maxPort}, without a leading zero`)
      : ok(port);
  },
};

/** The plain and the negated half of a list, each as a set. */
export interface ResolvedPorts {
  readonly plain: PortSet;
  readonly negated: PortSet;
}

/**
 * Turns items into sets.
 * @param inherited what `default` stands for
 * @param named the pod's ports by name; a name that is missing selects nothing (see `missingNames`)
 */
export function resolvePortList(list: PortList, inherited: PortSet, named: NamedPorts): ResolvedPorts {
  const halves = { plain: [] as PortRange[], negated: [] as PortRange[] };
  for (const item of list.items)
    halves[item.negated ? 'negated' : 'plain'].push(...rangesOf(item, inherited, named));
  const onlyNegations = list.items.length > 0 && list.items.every((item) => item.negated);
  return {
    plain: onlyNegations ? allPorts : portSet(halves.plain),
    negated: portSet(halves.negated),
  };
}

function rangesOf(item: PortItem, inherited: PortSet, named: NamedPorts): readonly PortRange[] {
  switch (item.kind) {
    case 'range':
      return [item.range];
    case 'name':
      return (named.get(item.name) ?? []).map((port) => [port, port] as const);
    case 'default':
      return inherited;
  }
}

/** The set that a list means. */
export function portsOf(list: PortList, inherited: PortSet, named: NamedPorts): PortSet {
  const { plain, negated } = resolvePortList(list, inherited, named);
  return subtract(plain, negated);
}

/** Names in the list that no container has. */
export function missingNames(list: PortList, named: NamedPorts): string[] {
  return list.items.flatMap((item) => (item.kind === 'name' && !named.has(item.name) ? [item.name] : []));
}
