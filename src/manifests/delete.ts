/**
 * Takes pairs and items out of a manifest again, with the lines or the comma that belong to them. The inverse of
 * `insert.ts`: what it put in comes out byte for byte (see `marks.ts`), and what a person wrote by hand comes out
 * so that the rest still means the same.
 */
import { isAlias, isMap, isSeq } from 'yaml';
import { deleteFromBlock } from './delete-block.ts';
import { behindTrailingComma, deleteFromFlow, emptyFlow } from './delete-flow.ts';
import { cutOut, type Edit } from './edits.ts';
import { wasValue } from './marks.ts';
import {
  endOf,
  endOfPair,
  keyOf,
  startOf,
  withoutNewline,
  type AnyMap,
  type AnyPair,
  type AnySeq,
} from './nodes.ts';
import { mistakeAt, type Manifest } from './parse.ts';
import { printFlowPair, printText, type Plain } from './print.ts';

/** What is to go: all of it, items by name, or what is further down; a text or a pair takes the place of another. */
export type Doomed = true | DoomedItems | DoomedText | DoomedPair | DoomedMap;

/** Items of a list, by name. */
export interface DoomedItems {
  readonly names: ReadonlySet<string>;
  /** A list that holds nothing any more stays. */
  readonly isKept: boolean;
  /** What is to go from items that stay, by their names. */
  readonly within?: ReadonlyMap<string, DoomedMap>;
}

/** Another key and value in the place of a pair. */
interface DoomedPair {
  readonly pair: readonly [key: string, value: Plain];
}

interface DoomedText {
  readonly replacement: string;
}

export interface DoomedMap {
  readonly [key: string]: Doomed;
}

/** Edits, or word that nothing would be left: then it is for the parent to take the pair out. */
export type Deletion = readonly Edit[] | 'emptied';

/** @throws OutriggerError where something else would change too */
export function deleteTree(manifest: Manifest, map: AnyMap, doomed: DoomedMap): Deletion {
  const inner: Edit[] = [];
  const gone = new Set<number>();
  for (const [index, pair] of map.items.entries()) {
    const key = keyOf(pair);
    const fate = Object.hasOwn(doomed, key) ? doomed[key] : undefined;
    const deletion = fate === undefined ? [] : deletePair(manifest, map, pair, fate);
    if (deletion === 'emptied') gone.add(index);
    else inner.push(...deletion);
  }
  if (gone.size > 0 || inner.length > 0) refuseShared(manifest, map);
  const outer = deleteFrom(manifest, map, gone);
  return outer === 'emptied' ? outer : [...inner, ...outer];
}

function deletePair(manifest: Manifest, map: AnyMap, pair: AnyPair, fate: Doomed): Deletion {
  const { key, value } = pair;
  if (fate === true) return 'emptied';
  if (isReplacement(fate)) {
    const isJson = map.flow === true && manifest.isJson;
    return [
      {
        start: startOf(value),
        end: withoutNewline(manifest.text, endOf(value)),
        text: printText(fate.replacement, isJson),
      },
    ];
  }
  if (isPairFate(fate)) {
    const text = printFlowPair(...fate.pair, map.flow === true && manifest.isJson);
    return [{ start: startOf(key), end: withoutNewline(manifest.text, endOfPair(pair)), text }];
  }
  const deletion = deleteBelow(manifest, value, fate);
  return deletion === 'emptied' ? (giveBack(manifest, value) ?? deletion) : deletion;
}

function deleteBelow(manifest: Manifest, value: unknown, fate: Exclude<Doomed, true>): Deletion {
  if (isSeq(value) && isNames(fate)) return deleteItems(manifest, value, fate);
  if (!isMap(value) || isNames(fate)) return [];
  return unwrapAlias(manifest, value, fate as DoomedMap) ?? deleteTree(manifest, value, fate as DoomedMap);
}

function isNames(fate: Doomed): fate is DoomedItems {
  return fate !== true && 'names' in fate && fate.names instanceof Set;
}

function isReplacement(fate: Doomed): fate is DoomedText {
  return fate !== true && 'replacement' in fate && typeof fate.replacement === 'string';
}

function isPairFate(fate: Doomed): fate is DoomedPair {
  return fate !== true && 'pair' in fate && Array.isArray(fate.pair);
}

function deleteItems(manifest: Manifest, seq: AnySeq, { names, isKept, within }: DoomedItems): Deletion {
  const gone = new Set<number>();
  const inner: Edit[] = [];
  for (const [index, item] of seq.items.entries()) {
    const name: unknown = isMap(item) ? item.get('name') : undefined;
    if (!isMap(item) || typeof name !== 'string') continue;
    const fates = within?.get(name);
    if (names.has(name)) gone.add(index);
    else if (fates) inner.push(...editsOf(deleteTree(manifest, item, fates)));
  }
  if (gone.size > 0 || inner.length > 0) refuseShared(manifest, seq);
  const deletion = deleteFrom(manifest, seq, gone);
  if (deletion !== 'emptied') return [...inner, ...deletion];
  const isBare = isKept && seq.flow === true;
  return isBare && !manifest.text.startsWith(wasValue, endOf(seq))
    ? [cutOut(startOf(seq.items[0]), behindTrailingComma(manifest.text, endOf(seq.items.at(-1))))]
    : deletion;
}

/** For a map that is not emptied, as something is left in it that nobody takes out. */
export function editsOf(deletion: Deletion): readonly Edit[] {
  return deletion === 'emptied' ? [] : deletion;
}

function deleteFrom(manifest: Manifest, from: AnyMap | AnySeq, gone: ReadonlySet<number>): Deletion {
  if (gone.size === 0) return [];
  return from.flow ? deleteFromFlow(manifest, from, gone) : deleteFromBlock(manifest, from, gone);
}

/** The emptied collection as it stood before, where a mark says how; undefined where all of it is ours. */
function giveBack({ text }: Manifest, value: unknown): readonly Edit[] | undefined {
  if (!(isMap(value) || isSeq(value)) || value.flow !== true) return undefined;
  const end = endOf(value);
  if (text.startsWith(wasValue, end)) return [cutOut(startOf(value), end + wasValue.length)];
  return isMap(value) ? emptyFlow(text, value) : undefined;
}

/** `{<<: *c, ours}` back to `*c`. */
function unwrapAlias({ text }: Manifest, map: AnyMap, doomed: DoomedMap): readonly Edit[] | undefined {
  const [merge, ...others] = map.items;
  if (merge === undefined || others.length === 0 || !isAlias(merge.value)) return undefined;
  const isOurs =
    text.startsWith('{<<: *', startOf(map)) && others.every((pair) => doomed[keyOf(pair)] === true);
  if (!isOurs) return undefined;
  return [cutOut(startOf(map), startOf(merge.value)), cutOut(endOf(merge.value), endOf(map))];
}

function refuseShared(manifest: Manifest, node: AnyMap | AnySeq): void {
  if (node.anchor !== undefined && manifest.shared.has(node.anchor))
    throw mistakeAt(
      manifest,
      startOf(node),
      `&${node.anchor} stands elsewhere too, where it would change as well; write it out here`,
    );
}
