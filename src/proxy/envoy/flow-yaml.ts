/**
 * Data as one line of flow YAML, in which a node that comes again, or a key, is an alias of its first occurrence:
 * the listeners of a bootstrap are nearly twins, and a pod carries the whole text in its arguments.
 * The `yaml` package cannot do it: it aliases nodes that are the same object, not equal ones, whatever they
 * save, breaks lines, and is kept out of this layer.
 */
import { printString } from './flow-scalar.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * Prints `value` so that a YAML 1.2 parser (core schema, no merge keys) gives it back. Equal data print as
 * equal texts. Numbers must be finite, as everywhere in JSON.
 */
export function printFlowYaml(value: Json): string {
  const textOf = treePrinter();
  const names = nameRepeated(countOccurrences(value, textOf));
  const defined = new Set<string>();
  const print = (node: Json): string => {
    const name = names.get(textOf(node));
    if (name === undefined) return printNode(node, print);
    if (defined.has(name)) return `*${name}`;
    defined.add(name);
    return `&${name} ${printNode(node, print)}`;
  };
  return print(value);
}

/** The node with its children printed by `print`. */
function printNode(node: Json, print: (child: Json) => string): string {
  if (typeof node === 'string') return printString(node);
  if (typeof node !== 'object' || node === null) return JSON.stringify(node);
  if (isList(node)) return `[${node.map(print).join(',')}]`;
  return `{${Object.entries(node)
    .map(([key, child]) => `${withColon(print(key))} ${print(child)}`)
    .join(',')}}`;
}

/** A colon may stand in an alias' name: a space ends it. */
function withColon(key: string): string {
  return key.startsWith('*') ? `${key} :` : `${key}:`;
}

type TextOf = (node: Json) => string;

/**
 * The text of a node without aliases: equal for equal data, so it serves as the identity of a node. Remembered
 * for each object, since every level asks for it again.
 */
function treePrinter(): TextOf {
  const texts = new Map<Json, string>();
  const textOf: TextOf = (node) => {
    const known = texts.get(node);
    if (known !== undefined) return known;
    const text = printNode(node, textOf);
    texts.set(node, text);
    return text;
  };
  return textOf;
}

/** Names for the nodes that are worth an anchor, by their texts; the shortest for those that come most often. */
function nameRepeated(counts: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const byCount = [...counts].filter(([, count]) => count > 1).toSorted(([, a], [, b]) => b - a);
  for (const [text, count] of byCount) {
    const name = anchorName(names.size);
    // As if each were a key's, which takes one more.
    const saved = (count - 1) * (text.length - `*${name} `.length);
    if (saved > `&${name} `.length) names.set(text, name);
  }
  return names;
}

/**
 * How often each node would be printed. What stands inside a repetition is not counted again: it is not printed
 * there. In order of first appearance.
 */
function countOccurrences(root: Json, textOf: TextOf): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const visit = (node: Json): void => {
    const text = textOf(node);
    const seen = counts.get(text) ?? 0;
    counts.set(text, seen + 1);
    if (seen > 0 || typeof node !== 'object' || node === null) return;
    if (!isList(node)) Object.keys(node).forEach(visit);
    Object.values(node).forEach(visit);
  };
  visit(root);
  return counts;
}

const characters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** a…z, A…Z, 0…9, aa, ab, … */
function anchorName(index: number): string {
  const last = characters.charAt(index % characters.length);
  return index < characters.length ? last : anchorName(Math.floor(index / characters.length) - 1) + last;
}

function isList(node: readonly Json[] | JsonObject): node is readonly Json[] {
  return Array.isArray(node);
}
