/** The naive model that port sets are compared with: one byte for each of the 65,536 ports. */
import * as fc from 'fast-check';
import { maxPort, type PortRange } from '../../../src/settings/values/port-set.ts';

export type PortBits = Uint8Array;

export function bitsOf(ranges: readonly PortRange[]): PortBits {
  const bits = new Uint8Array(maxPort + 1);
  for (const [from, to] of ranges) bits.fill(1, from, to + 1);
  return bits;
}

export function sum(a: PortBits, b: PortBits): PortBits {
  return a.map((bit, port) => bit | (b[port] ?? 0));
}

export function difference(a: PortBits, b: PortBits): PortBits {
  return a.map((bit, port) => bit & ~(b[port] ?? 0));
}

/** Mostly small numbers, so that ranges touch and overlap, and the last ports, where an end is one too far. */
export const clusteredPort = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 2, arbitrary: fc.integer({ min: maxPort - 5, max: maxPort }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: maxPort }) },
);
