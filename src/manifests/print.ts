/** What is put into a manifest, as text: in the style of what stands around it. */
import { stringify } from 'yaml';
import { kubernetesSchema } from './schema.ts';

/** New list items, ours through and through. */
export interface Items {
  readonly items: readonly object[];
  /** Behind the others: only where their order means something. */
  readonly isAtEnd?: boolean;
}

/** What is to stand in a map: texts, maps of the same kind, lists of items. */
export type Tree = string | Items | TreeMap;

export interface TreeMap {
  readonly [key: string]: Tree;
}

export function isItems(tree: Tree): tree is Items {
  return typeof tree === 'object' && Array.isArray((tree as Items).items);
}

const plainWord = /^[A-Za-z][A-Za-z-]*$/u;
const plainKey = /^[A-Za-z][A-Za-z0-9./-]*$/u;
const wordsThatMean = /^(?:y|n|yes|no|true|false|on|off|null)$/iu;

/** Quoted unless a plain word: `4406`, `3s` and `on` would be read as something else by one reader or another. */
export function printText(text: string, isJson: boolean): string {
  if (isJson || /[^\x20-\x7E]/u.test(text)) return JSON.stringify(text);
  return plainWord.test(text) && !wordsThatMean.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

function printKey(key: string, isJson: boolean): string {
  return !isJson && plainKey.test(key) && !wordsThatMean.test(key) ? key : printText(key, isJson);
}

/** As one piece of a flow collection. */
export function printFlow(tree: Tree, isJson: boolean): string {
  if (typeof tree === 'string') return printText(tree, isJson);
  if (isItems(tree)) return `[${tree.items.map((item) => JSON.stringify(item)).join(', ')}]`;
  return `{${printFlowPairs(tree, isJson).join(', ')}}`;
}

export function printFlowPairs(tree: TreeMap, isJson: boolean): string[] {
  return Object.entries(tree).map(([key, child]) => `${printKey(key, isJson)}: ${printFlow(child, isJson)}`);
}

/** What stands in a flow map of one level. */
export type Plain = Readonly<Record<string, string | number>>;

/** A pair whose value is a map on one line, which a block takes too. */
export function printFlowPair(key: string, value: Plain, isJson: boolean): string {
  const pairs = Object.entries(value).map(
    ([name, plain]) =>
      `${printKey(name, isJson)}: ${typeof plain === 'number' ? plain : printText(plain, isJson)}`,
  );
  return `${printKey(key, isJson)}: {${pairs.join(', ')}}`;
}

/** As lines of a block collection, not indented yet. */
export function printBlock(tree: TreeMap | Items, step: number): string[] {
  if (isItems(tree)) return tree.items.flatMap(printItem);
  return Object.entries(tree).flatMap(([key, child]) => {
    const name = printKey(key, false);
    if (typeof child === 'string') return [`${name}: ${printText(child, false)}`];
    const margin = isItems(child) ? '' : ' '.repeat(step);
    return [`${name}:`, ...printBlock(child, step).map((line) => margin + line)];
  });
}

const printed = new WeakMap<object, readonly string[]>();

/** Containers are shared between pods with the same plan: their text is made once. */
function printItem(item: object): readonly string[] {
  const known = printed.get(item);
  if (known) return known;
  const text = stringify([item], {
    schema: kubernetesSchema as never,
    lineWidth: 0,
    singleQuote: true,
    blockQuote: false,
    aliasDuplicateObjects: false,
  });
  const lines = text.trimEnd().split('\n');
  printed.set(item, lines);
  return lines;
}
