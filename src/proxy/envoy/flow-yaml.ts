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
  const root = createGraph().nodeOf(value);
  const names = nameRepeated(countOccurrences(root));
  const defined = new Set<Node>();
  const print = (node: Node): string => {
    const name = names.get(node);
    if (name === undefined) return printNode(node, print);
    if (defined.has(node)) return `*${name}`;
    defined.add(node);
    return `&${name} ${printNode(node, print)}`;
  };
  return print(root);
}

/** Equal data are one node, which is what makes a repetition cheap to see. */
interface Node {
  /** Of a scalar: its text; of a list or map: how it begins and ends. */
  readonly text: string;
  /** Of a map; as many as there are children. */
  readonly keys: readonly Node[];
  readonly children: readonly Node[];
  /** Of the whole text without aliases. */
  readonly length: number;
}

/** Gives each value its node: a map or list is known by the numbers of what is in it. */
function createGraph(): { nodeOf(value: Json): Node } {
  const nodes = new Map<string, Node>();
  const numbers = new Map<Node, number>();
  const known = (identity: string, make: () => Node): Node => {
    const found = nodes.get(identity);
    if (found) return found;
    const node = make();
    nodes.set(identity, node);
    numbers.set(node, numbers.size);
    return node;
  };
  const nodeOf = (value: Json): Node => {
    if (typeof value !== 'object' || value === null) {
      const text = typeof value === 'string' ? printString(value) : JSON.stringify(value);
      return known(text, () => ({ text, keys: [], children: [], length: text.length }));
    }
    const isMap = !isList(value);
    const keys = isMap ? Object.keys(value).map(nodeOf) : [];
    const children = Object.values(value).map(nodeOf);
    let identity = isMap ? '{' : '[';
    for (const node of keys) identity += `${numbers.get(node)} `;
    for (const node of children) identity += `${numbers.get(node)} `;
    return known(identity, () => collection(isMap ? '{}' : '[]', keys, children));
  };
  return { nodeOf };
}

/** Its length: brackets, a comma between two, behind a key a colon and a blank. */
function collection(text: string, keys: readonly Node[], children: readonly Node[]): Node {
  let length = 2 + Math.max(0, children.length - 1) + 2 * keys.length;
  for (const node of keys) length += node.length;
  for (const node of children) length += node.length;
  return { text, keys, children, length };
}

/** The node with what is in it printed by `print`. */
function printNode({ text, keys, children }: Node, print: (node: Node) => string): string {
  if (text === '[]') return `[${children.map(print).join(',')}]`;
  if (text !== '{}') return text;
  const pairs = children.map((child, index) => {
    const key = keys[index];
    return `${key === undefined ? '' : withColon(print(key))} ${print(child)}`;
  });
  return `{${pairs.join(',')}}`;
}

/** A colon may stand in an alias' name: a space ends it. */
function withColon(key: string): string {
  return key.startsWith('*') ? `${key} :` : `${key}:`;
}

/** Names for the nodes that are worth an anchor; the shortest for those that come most often. */
function nameRepeated(counts: ReadonlyMap<Node, number>): ReadonlyMap<Node, string> {
  const names = new Map<Node, string>();
  const byCount = [...counts].filter(([, count]) => count > 1).toSorted(([, a], [, b]) => b - a);
  for (const [node, count] of byCount) {
    const name = anchorName(names.size);
    // An alias takes a blank more where it is a key, so that each is counted with one.
    const saved = (count - 1) * (node.length - `*${name} `.length);
    if (saved > `&${name} `.length) names.set(node, name);
  }
  return names;
}

/**
 * How often each node would be printed. What stands inside a repetition is not counted again: it is not printed
 * there. In order of first appearance.
 */
function countOccurrences(root: Node): ReadonlyMap<Node, number> {
  const counts = new Map<Node, number>();
  const visit = (node: Node): void => {
    const seen = counts.get(node) ?? 0;
    counts.set(node, seen + 1);
    if (seen > 0) return;
    node.keys.forEach(visit);
    node.children.forEach(visit);
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
