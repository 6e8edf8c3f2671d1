/** What the quick reader knows of texts of several lines: `|` and `|-`. */
import type { Scalar } from 'yaml';
import { behindLine } from './nodes.ts';
import { nodeOf } from './quick-flow.ts';

/** Up to the first line's text, which says how much the others are indented. */
const head = /\|(-?)\n( +)(?=[^ \n])/uy;

/** @param column of the collection that the text is a value of, which it has to be indented more than */
export function readLiteral(text: string, start: number, column: number): Scalar | undefined {
  head.lastIndex = start;
  const [whole = '', strip = '', indent = ''] = head.exec(text) ?? [];
  if (indent.length <= column) return undefined;
  const lines: string[] = [];
  let [count, end] = [0, start];
  for (let at = start + whole.length - indent.length; at < text.length; at = behindLine(text, at)) {
    const isEmpty = text[at] === '\n';
    if (!isEmpty && !text.startsWith(indent, at)) {
      if (text.slice(at, behindLine(text, at)).trim() === '') return undefined;
      break;
    }
    const next = behindLine(text, at);
    const line = text.slice(at + indent.length, text[next - 1] === '\n' ? next - 1 : next);
    // Spaces and nothing else: whether they belong to the text depends on what follows.
    if (!isEmpty && line.trim() === '') return undefined;
    lines.push(isEmpty ? '' : line);
    if (!isEmpty) [count, end] = [lines.length, next];
  }
  const value = lines.slice(0, count).join('\n') + (strip === '' ? '\n' : '');
  return nodeOf(value, 'BLOCK_LITERAL', start, end);
}
