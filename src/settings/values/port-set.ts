/**
 * A set of TCP ports as sorted, disjoint, non-adjacent ranges: the form in which sets are compared, combined
 * and printed.
 */

/** Both ends inclusive. */
export type PortRange = readonly [from: number, to: number];

export type PortSet = readonly PortRange[];

export const maxPort = 65_535;

export const allPorts: PortSet = [[1, maxPort]];

/** @param ranges any ranges, in any order, overlapping or not */
export function portSet(ranges: readonly PortRange[]): PortSet {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function singlePorts(ports: readonly number[]): PortSet {
  return portSet(ports.map((port) => [port, port]));
}

export function union(a: PortSet, b: PortSet): PortSet {
  return a.length === 0 ? b : b.length === 0 ? a : portSet([...a, ...b]);
}

/** Everything in `a` that is not in `b`, in one pass over both. */
export function subtract(a: PortSet, b: PortSet): PortSet {
  const left: PortRange[] = [];
  let cut = 0;
  for (const [from, to] of a) {
    let next = from;
    while ((b[cut]?.[1] ?? Infinity) < from) cut += 1;
    for (let index = cut; next <= to; index += 1) {
      const [cutFrom, cutTo] = b[index] ?? nothing;
      if (cutFrom > next) left.push([next, Math.min(to, cutFrom - 1)]);
      next = Math.max(next, cutTo + 1);
    }
  }
  return left;
}

/** What stands behind the last range: it ends each search, whatever the numbers. */
const nothing: PortRange = [Infinity, Infinity];

/** Searches by halves: sets come from outside, and a pod may ask about each of its ports. */
export function includesPort(set: PortSet, port: number): boolean {
  let [low, high] = [0, set.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[middle]?.[1] ?? Infinity) < port) low = middle + 1;
    else high = middle;
  }
  return (set[low]?.[0] ?? Infinity) <= port;
}

/** True for what Kubernetes takes as a port's number. */
export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxPort;
}

/**
 * The set as proxy-init takes it: two neighbours as two ports, three or more as a range (a range takes two of
 * the fifteen references of an iptables multiport rule, just as two ports do).
 */
export function formatPorts(set: PortSet): string {
  return set
    .map(([from, to]) => {
      if (from === to) return `${from}`;
      return to === from + 1 ? `${from},${to}` : `${from}-${to}`;
    })
    .join(',');
}
