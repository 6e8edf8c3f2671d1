/** Takes items out of a flow collection, each with one comma. */
import type { Deletion } from './delete.ts';
import { cutOut, type Edit } from './edits.ts';
import { endOfItem, startOf, startOfItem, type AnyMap, type AnySeq } from './nodes.ts';
import type { Manifest } from './parse.ts';

/** @param gone indices, at least one */
export function deleteFromFlow(
  { text }: Manifest,
  from: AnyMap | AnySeq,
  gone: ReadonlySet<number>,
): Deletion {
  if (gone.size === from.items.length) return 'emptied';
  let leading = 0;
  while (gone.has(leading)) leading += 1;
  const front = leading === 0 ? [] : [cutFront(text, from, leading)];
  const others = [...gone]
    .filter((index) => index > leading)
    .map((index) => cutOut(endOfItem(from, index - 1), endOfItem(from, index)));
  return [...front, ...others];
}

/** From behind the brace to behind the comma: the white space of the front goes, as it came with what goes. */
function cutFront(text: string, from: AnyMap | AnySeq, count: number): Edit {
  const start = startOf(from) + 1;
  const end = commaAfter(text, endOfItem(from, count - 1)) + 1;
  const isTight = !/\s/u.test(text[start] ?? '');
  return cutOut(start, isTight && text[end] === ' ' && text[end + 1] !== '#' ? end + 1 : end);
}

/** Behind the comma that may stand after the last item. */
export function behindTrailingComma(text: string, end: number): number {
  const comma = commaAfter(text, end);
  return text[comma] === ',' ? comma + 1 : end;
}

/** Between two items there is one comma, and comments that may hold others. */
function commaAfter(text: string, from: number): number {
  const [gap = ''] = /^(?:\s+(?:#[^\n]*)?)*/u.exec(text.slice(from)) ?? [];
  return from + gap.length;
}

/** `{ … }` with a space on either side stood there as `{}`. */
export function emptyFlow(text: string, map: AnyMap): readonly Edit[] | undefined {
  const start = startOf(map) + 1;
  const end = behindTrailingComma(text, endOfItem(map, map.items.length - 1));
  const isPadded = startOfItem(map, 0) === start + 1 && text[start] === ' ' && text[end] === ' ';
  return isPadded ? [cutOut(start, end + 1)] : undefined;
}
