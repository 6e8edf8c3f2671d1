/** Places of nodes in the text: where lines, items and pairs begin and end. */
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

export type AnyMap = YAMLMap;
export type AnySeq = YAMLSeq;
export type AnyPair = Pair;

export function pairOf(map: AnyMap, key: string): AnyPair | undefined {
  return map.items.find((pair) => keyOf(pair) === key);
}

/** The key as JSON would have it; `<<` is a symbol in the parser's tree. */
export function keyOf({ key }: AnyPair): string {
  const value: unknown = isScalar(key) ? key.value : key;
  return typeof value === 'symbol' ? (value.description ?? '') : String(value);
}

export function hasMerge(map: AnyMap): boolean {
  return map.items.some((pair) => keyOf(pair) === '<<');
}

export function startOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}

/** Where a node's own text ends: without the comment and the newline behind it. */
export function endOf(node: unknown): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    if (last !== undefined) return isMap(node) ? endOfPair(last as AnyPair) : endOf(last);
  }
  return (node as Node).range?.[1] ?? 0;
}

export function endOfPair({ key, value }: AnyPair): number {
  return value === null || value === undefined ? endOf(key) : Math.max(endOf(key), endOf(value));
}

/** Where an item of a map or a list ends. */
export function endOfItem(collection: AnyMap | AnySeq, index: number): number {
  const item: unknown = collection.items[index];
  return isMap(collection) ? endOfPair(item as AnyPair) : endOf(item);
}

export function startOfItem(collection: AnyMap | AnySeq, index: number): number {
  const item: unknown = collection.items[index];
  return isMap(collection) ? startOf((item as AnyPair).key) : startOf(item);
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the newline of the line on which a node ends; a block scalar ends behind one already. */
export function lineEnd(text: string, offset: number): number {
  return offset > 0 && text[offset - 1] === '\n' ? offset : behindLine(text, offset);
}

/** Behind the next newline, or at the end of the text. */
export function behindLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}

/** Before the newline that ends here, if one does: a block scalar ends behind its own. */
export function withoutNewline(text: string, end: number): number {
  if (text[end - 1] !== '\n') return end;
  return text[end - 2] === '\r' ? end - 2 : end - 1;
}

/** What stands before a key or a dash on its line: spaces, and the dashes of the lists it is the first in. */
const lead = /^\uFEFF?( *(?:- +)*)/u;

export interface Indent {
  /** Where a line that begins like this one may be put, or the first key itself where a dash stands before it. */
  readonly at: number;
  readonly column: number;
  readonly isOwnLine: boolean;
}

/** How the line is indented on which a block collection begins. */
export function indentOf(text: string, offset: number): Indent {
  const start = lineStart(text, offset);
  const [all = '', spaces = ''] = lead.exec(text.slice(start, offset)) ?? [];
  const isOwnLine = !spaces.includes('-');
  return {
    at: isOwnLine ? start + (all.length - spaces.length) : start + all.length,
    column: spaces.length,
    isOwnLine,
  };
}
