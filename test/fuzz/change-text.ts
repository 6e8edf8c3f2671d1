/** Changes a manifest where YAML has structure: lines, indentation, anchors, quotes, flow collections. */
import { growingTexts } from '../law/texts.ts';
import type { Random } from './random.ts';

const pieces = [
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '\r\n',
  '\t',
  '&a ',
  '*a',
  '<<: *a\n',
  '? ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|\n',
  '>-\n',
  '# ',
  '!!binary ',
  '\u0000',
  '\ufeff',
  '\ud83d',
  '{{ .Values.x }}',
  '.inf',
  '1e400',
  '80800',
  'null',
  '~',
];

type Change = (lines: string[], at: number, random: Random) => void;

const changes: readonly Change[] = [
  (lines, at) => {
    lines.splice(at, 1);
  },
  (lines, at, random) => {
    lines.splice(at, 0, ...Array.from({ length: random.rarely(30) ? 5000 : 2 }, () => lines[at] ?? ''));
  },
  (lines, at, random) => {
    const line = lines[at] ?? '';
    const from = random.below(line.length + 1);
    lines[at] = line.slice(0, from) + random.oneOf(pieces) + line.slice(from + random.below(3));
  },
  (lines, at, random) => {
    lines[at] = ' '.repeat(random.below(6)) + (lines[at] ?? '').trimStart();
  },
  (lines, at, random) => {
    const text = random.oneOf(Object.values(growingTexts))(random.rarely(30) ? 50_000 : 30);
    lines[at] = `${(lines[at] ?? '').replace(/: .*/u, '')}: ${text}`;
  },
  (lines, at, random) => {
    const levels = random.oneOf([10, 600, 20_000]);
    lines[at] = `${(lines[at] ?? '').replace(/: .*/u, '')}: ${'['.repeat(levels)}1${']'.repeat(levels)}`;
  },
  (lines, at, random) => {
    const other = random.below(lines.length);
    [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
  },
];

export function changeText(text: string, random: Random): string {
  const lines = text.split('\n');
  for (let times = random.below(4); times >= 0; times -= 1)
    random.oneOf(changes)(lines, random.below(lines.length), random);
  return lines.join(random.rarely(10) ? '\r\n' : '\n');
}
