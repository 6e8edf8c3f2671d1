/**
 * Puts a tree of texts and items into a manifest by inserting bytes, before the first key of the map they belong
 * to. Never behind the last: there are the end of the file, block scalars and comments that belong to nobody.
 * The only bytes ever removed are those of a text that another takes the place of, and of a `null` inside a flow
 * map.
 */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import { insertAt, type Edit } from './edits.ts';
import { insertItems } from './insert-items.ts';
import { wasEmpty, wasValue } from './marks.ts';
import { endOf, hasMerge, indentOf, keyOf, pairOf, startOf, type AnyMap, type AnyPair } from './nodes.ts';
import { mistakeAt, valueOf, type Manifest } from './parse.ts';
import {
  isItems,
  printBlock,
  printFlow,
  printFlowPairs,
  printText,
  type Tree,
  type TreeMap,
} from './print.ts';

const writeItOut = 'write it out here';

/**
 * @param parentColumn of the map that this one stands in, from which the width of an indent is taken
 * @throws OutriggerError where it cannot be done without changing something else
 */
export function insertTree(manifest: Manifest, map: AnyMap, tree: TreeMap, parentColumn?: number): Edit[] {
  refuseShared(manifest, map);
  const column = map.flow ? (parentColumn ?? 0) : indentOf(manifest.text, startOf(map)).column;
  const step = parentColumn !== undefined && column > parentColumn ? column - parentColumn : 2;
  const missing: Record<string, Tree> = {};
  const edits = Object.entries(tree).flatMap(([key, child]) => {
    const pair = pairOf(map, key);
    if (pair) return insertUnder(manifest, map, pair, child, { column, step });
    refuseMergedIn(manifest, map, key, child);
    missing[key] = child;
    return [];
  });
  if (Object.keys(missing).length === 0) return edits;
  return [...edits, map.flow ? intoFlow(manifest, map, missing) : intoBlock(manifest, map, missing, step)];
}

function refuseShared({ shared, ...manifest }: Manifest, node: { anchor?: string | undefined }): void {
  if (node.anchor !== undefined && shared.has(node.anchor))
    throw mistakeAt(
      { ...manifest, shared },
      startOf(node),
      `&${node.anchor} stands elsewhere too, where it would change as well; ${writeItOut}`,
    );
}

/** What comes from a merge can be overridden as a whole only, which would take away what else it holds. */
function refuseMergedIn(manifest: Manifest, map: AnyMap, key: string, child: Tree): void {
  if (typeof child === 'string' || !hasMerge(map)) return;
  const merged = valueOf(manifest, map) as Record<string, unknown>;
  if (Object.hasOwn(merged, key) && merged[key] !== null)
    throw mistakeAt(manifest, startOf(map), `${key} comes from a merge (<<); ${writeItOut}`);
}

interface Layout {
  readonly column: number;
  readonly step: number;
}

function insertUnder(manifest: Manifest, map: AnyMap, pair: AnyPair, child: Tree, layout: Layout): Edit[] {
  const { value } = pair;
  if (typeof child === 'string') return replaceText(manifest, map, pair, child);
  if (isMap(value) && !isItems(child)) return insertTree(manifest, value, child, layout.column);
  if (isSeq(value) && isItems(child)) {
    refuseShared(manifest, value);
    return [insertItems(manifest, value, child)];
  }
  if (isAlias(value)) return wrapAlias(manifest, pair, child);
  if (value === null || value === undefined || (isScalar(value) && value.value === null))
    return [fill(manifest, map, pair, child, layout)];
  const expected = isItems(child) ? 'a list' : 'a map';
  throw mistakeAt(manifest, startOf(value), `${keyOf(pair)} is not ${expected}`);
}

function replaceText(manifest: Manifest, map: AnyMap, { key, value }: AnyPair, text: string): Edit[] {
  const printed = printText(text, isJsonStyle(manifest, map));
  if (value === null || value === undefined) return [insertAt(endOf(key), `: ${printed}`)];
  if (isScalar(value)) refuseShared(manifest, value);
  const [start, end] = [startOf(value), endOf(value)];
  if (start === end) return [insertAt(start, ` ${printed}`)];
  // A block scalar ends behind its newline.
  const isBlockScalar = isScalar(value) && (value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED');
  return [{ start, end, text: isBlockScalar ? printed + manifest.eol : printed }];
}

/** `*c` becomes `{<<: *c, …}`: what is merged stays, and nothing changes where `&c` stands. */
function wrapAlias(manifest: Manifest, { key, value }: AnyPair, child: Tree): Edit[] {
  const isFlat = !isItems(child) && typeof child !== 'string' && Object.values(child).every(isText);
  const merged: unknown = isFlat ? valueOf(manifest, value as AnyMap) : undefined;
  if (!isFlat || typeof merged !== 'object' || merged === null || Array.isArray(merged))
    throw mistakeAt(
      manifest,
      startOf(value),
      `${keyOf({ key, value } as AnyPair)} is an alias; ${writeItOut}`,
    );
  return [
    insertAt(startOf(value), '{<<: '),
    insertAt(endOf(value), `, ${printFlowPairs(child, false).join(', ')}}`),
  ];
}

function isText(tree: Tree): boolean {
  return typeof tree === 'string';
}

/** A value that is nothing: no text at all, or a `null` in one of its spellings. */
function fill(
  manifest: Manifest,
  map: AnyMap,
  { key, value }: AnyPair,
  child: Exclude<Tree, string>,
  { column, step }: Layout,
): Edit {
  const { text, eol } = manifest;
  const isJson = isJsonStyle(manifest, map);
  if (value === null || value === undefined) return insertAt(endOf(key), `: ${printFlow(child, isJson)}`);
  refuseShared(manifest, value);
  const [start, end] = [startOf(value), endOf(value)];
  if (map.flow && start === end) return insertAt(start, ` ${printFlow(child, isJson)}`);
  if (map.flow) return { start, end, text: printFlow(child, isJson) };
  if (start !== end) return insertAt(start, printFlow(child, false) + wasValue);
  const [first = '', ...others] = printBlock(child, step);
  const margin = ' '.repeat(column + step);
  const lines = [first + wasEmpty, ...others].map((line) => margin + line);
  const newline = text.indexOf('\n', endOf(key));
  if (newline === -1) return insertAt(text.length, eol + lines.join(eol));
  return insertAt(newline + 1, lines.map((line) => line + eol).join(''));
}

function intoBlock({ text, eol }: Manifest, map: AnyMap, tree: TreeMap, step: number): Edit {
  const { at, column, isOwnLine } = indentOf(text, startOf(map));
  const margin = ' '.repeat(column);
  const lines = printBlock(tree, step);
  if (!isOwnLine) return insertAt(at, lines.map((line) => line + eol + margin).join(''));
  const start = column === 0 ? at : aboveComments(text, at, column);
  return insertAt(start, lines.map((line) => margin + line + eol).join(''));
}

/** A comment right above the first key is about that key, and stays there. */
function aboveComments(text: string, at: number, column: number): number {
  const start = text.lastIndexOf('\n', at - 2) + 1;
  const isComment = start < at && /^ *#/u.exec(text.slice(start, at))?.[0].length === column + 1;
  return isComment ? aboveComments(text, start, column) : at;
}

/** Right behind the brace: with the white space that stands there, so that pretty JSON stays pretty. */
function intoFlow(manifest: Manifest, map: AnyMap, tree: TreeMap): Edit {
  const start = startOf(map) + 1;
  const pairs = printFlowPairs(tree, isJsonStyle(manifest, map));
  if (map.items.length === 0) return insertAt(start, ` ${pairs.join(', ')} `);
  const [space = ''] = /^\s*/u.exec(manifest.text.slice(start)) ?? [];
  return insertAt(start, pairs.map((pair) => `${space}${pair},${space === '' ? ' ' : ''}`).join(''));
}

function isJsonStyle({ isJson }: Manifest, map: AnyMap): boolean {
  const [first] = map.items;
  const isQuoted = first !== undefined && isScalar(first.key) && first.key.type === 'QUOTE_DOUBLE';
  return map.flow === true && (isJson || isQuoted);
}
