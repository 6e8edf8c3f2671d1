/** Puts items into a list: before the first, or behind the last where their order means something. */
import { insertAt, type Edit } from './edits.ts';
import { endOf, indentOf, lineEnd, startOf, type AnySeq } from './nodes.ts';
import type { Manifest } from './parse.ts';
import { printBlock, type Items } from './print.ts';

export function insertItems(manifest: Manifest, seq: AnySeq, tree: Items): Edit {
  return seq.flow ? intoFlow(manifest, seq, tree) : intoBlock(manifest, seq, tree);
}

function intoBlock({ text, eol }: Manifest, seq: AnySeq, tree: Items): Edit {
  const { at, column } = indentOf(text, startOf(seq));
  const lines = printBlock(tree, 2).map((line) => ' '.repeat(column) + line);
  if (tree.isAtEnd !== true) return insertAt(at, lines.map((line) => line + eol).join(''));
  const end = lineEnd(text, endOf(seq));
  return text.endsWith('\n') || end < text.length
    ? insertAt(end, lines.map((line) => line + eol).join(''))
    : insertAt(end, eol + lines.join(eol));
}

function intoFlow({ text }: Manifest, seq: AnySeq, { items, isAtEnd }: Items): Edit {
  const start = startOf(seq) + 1;
  const printed = items.map((item) => JSON.stringify(item));
  if (seq.items.length === 0) return insertAt(start, printed.join(', '));
  if (isAtEnd === true) return insertAt(endOf(seq.items.at(-1)), printed.map((item) => `, ${item}`).join(''));
  const [space = ''] = /^\s*/u.exec(text.slice(start)) ?? [];
  return insertAt(start, printed.map((item) => `${space}${item},${space === '' ? ' ' : ''}`).join(''));
}
