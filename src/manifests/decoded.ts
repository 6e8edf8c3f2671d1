/** A value as Kubernetes decodes it, where YAML and JSON leave more open. */
import { isObject } from '../is-object.ts';

/** Go decodes null in a map of texts as the empty text. */
const mapsOfTexts: ReadonlySet<string> = new Set(['annotations', 'labels', 'nodeSelector']);

/**
 * Null in annotations, labels and nodeSelector is the empty text, and whole numbers beyond 2^53 are numbers like all
 * others: what is computed from them needs no more digits, and what is written keeps those of the text.
 * @returns the same value if nothing in it is of that kind
 */
export function asDecoded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) {
    const items = value.map(asDecoded);
    return items.some((item, index) => item !== value[index]) ? items : (value as unknown);
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, decodedChild(key, child)] as const);
  return entries.some(([key, child]) => child !== value[key]) ? Object.fromEntries(entries) : value;
}

function decodedChild(key: string, child: unknown): unknown {
  const decoded = asDecoded(child);
  if (!mapsOfTexts.has(key) || !isObject(decoded)) return decoded;
  const entries = Object.entries(decoded);
  return entries.some(([, text]) => text === null)
    ? Object.fromEntries(entries.map(([name, text]) => [name, text ?? '']))
    : decoded;
}
