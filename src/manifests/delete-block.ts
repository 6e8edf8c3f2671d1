/** Takes whole lines out of a block collection. */
import type { Deletion } from './delete.ts';
import { cutOut, type Edit } from './edits.ts';
import { wasEmpty } from './marks.ts';
import {
  endOfItem,
  indentOf,
  lineEnd,
  lineStart,
  startOfItem,
  type AnyMap,
  type AnySeq,
  withoutNewline,
} from './nodes.ts';
import { isMap } from 'yaml';
import type { Manifest } from './parse.ts';

/** @param gone indices, at least one */
export function deleteFromBlock(
  { text }: Manifest,
  from: AnyMap | AnySeq,
  gone: ReadonlySet<number>,
): Deletion {
  const first = Math.min(...gone);
  if (gone.size === from.items.length && !isMarkedEmpty(text, startOfItem(from, first))) return 'emptied';
  return joinLines(
    text,
    [...gone].toSorted((a, b) => a - b).map((index) => linesOf(text, from, index)),
  );
}

/** The mark stands at the end of the first line that was put in. */
function isMarkedEmpty(text: string, start: number): boolean {
  const newline = text.indexOf('\n', start);
  const line = text.slice(start, newline === -1 ? text.length : newline);
  return line.trimEnd().endsWith(wasEmpty);
}

function linesOf(text: string, from: AnyMap | AnySeq, index: number): Edit {
  const start = startOfItem(from, index);
  const end = lineEnd(text, endOfItem(from, index));
  return cutOut(isMap(from) ? indentOf(text, start).at : dashLine(text, start), end);
}

/** Neighbours as one. */
function joinLines(text: string, lines: readonly Edit[]): Edit[] {
  const joined: Edit[] = [];
  for (const { start, end } of lines) {
    const last = joined.at(-1);
    if (last && last.end === start) joined[joined.length - 1] = cutOut(last.start, end);
    else joined.push(cutOut(start, end));
  }
  return joined.map((edit) => closeGap(text, edit));
}

function closeGap(text: string, { start, end }: Edit): Edit {
  // At the end of a text without a last newline, the newline before goes.
  if (end === text.length && !text.endsWith('\n')) return cutOut(withoutNewline(text, start), end);
  // Behind the dash of a list, the next key takes the place.
  const isBehindDash = text[start - 1] === ' ';
  const [indent = ''] = isBehindDash ? (/^ */u.exec(text.slice(end)) ?? []) : [];
  return cutOut(start, end + indent.length);
}

/** The line of an item's dash, which may stand above it, with comments in between. */
function dashLine(text: string, start: number): number {
  let at = lineStart(text, start);
  while (at > 0 && !/^\uFEFF? *-(?:\s|$)/u.test(text.slice(at, lineEnd(text, at + 1))))
    at = lineStart(text, at - 1);
  return at;
}
