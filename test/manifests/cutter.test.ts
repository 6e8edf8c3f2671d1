import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocumentCutter } from '../../src/manifests/cutter.ts';

function cut(text: string, chunkSizes: readonly number[] = [1_000_000]): string[] {
  const bytes = Buffer.from(text);
  const cutter = new DocumentCutter();
  const pieces: Buffer[] = [];
  let from = 0;
  for (let index = 0; from < bytes.length; index += 1) {
    const size = chunkSizes[index % chunkSizes.length]!;
    pieces.push(...cutter.push(bytes.subarray(from, from + size)));
    from += size;
  }
  return [...pieces, ...cutter.end()].map(String);
}

describe('a stream', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['a: 1\n', ['a: 1\n']],
    ['a: 1\n---\nb: 2\n', ['a: 1\n', '---\nb: 2\n']],
    ['---\na: 1\n---', ['---\na: 1\n', '---']],
    ['---\r\na: 1\r\n---\r\nb: 2', ['---\r\na: 1\r\n', '---\r\nb: 2']],
    ['--- # one\n--- {a: 1}\n---\ta\n', ['--- # one\n', '--- {a: 1}\n', '---\ta\n']],
    ['a: 1\n...\n# b\nb: 2\n', ['a: 1\n...\n', '# b\nb: 2\n']],
    ['a: |\n  ---\n ---\nb: ---\n----\n...x\n', ['a: |\n  ---\n ---\nb: ---\n----\n...x\n']],
    ['%YAML 1.1\n# c\n---\na: 1\n', ['%YAML 1.1\n# c\n---\na: 1\n']],
    ['a: 1\n...\n%YAML 1.1\n---\nb: 2\n', ['a: 1\n...\n', '%YAML 1.1\n---\nb: 2\n']],
  ])('%j is cut into its documents', (text, pieces) => {
    expect(cut(text)).toEqual(pieces);
    expect(cut(text, [1])).toEqual(pieces);
  });

  const line = fc.constantFrom(
    '---',
    '--- # x',
    '...',
    'a: 1',
    '  ---',
    '----',
    '-- -',
    '%YAML 1.1',
    '# c',
    '',
    'ü',
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n')), { maxLength: 30 })
    .map((lines) => lines.flat().join(''));

  it('gives the same pieces however it arrives, and the pieces are the stream', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (text, sizes) => {
        const pieces = cut(text);
        expect(pieces.join('')).toBe(text);
        expect(cut(text, sizes)).toEqual(pieces);
      }),
      { numRuns: 500 },
    );
  });
});
