/**
 * A patch in the form in which a response carries it: JSON, in base64. The engine gives copies of a template the
 * same patch, so the text is kept with it.
 */
import type { Patch } from '../inject/diff.ts';

const encodedPatches = new WeakMap<Patch, Buffer>();

/** @returns base64 as ASCII bytes */
export function encodePatch(patch: Patch): Buffer {
  const known = encodedPatches.get(patch);
  if (known) return known;
  const encoded = Buffer.from(Buffer.from(JSON.stringify(patch)).toString('base64'), 'latin1');
  encodedPatches.set(patch, encoded);
  return encoded;
}
