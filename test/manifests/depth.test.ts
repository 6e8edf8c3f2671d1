import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../src/errors.ts';
import { deepest } from '../../src/manifests/depth.ts';
import { parseManifest, valueOf } from '../../src/manifests/parse.ts';
import { cpuRatio } from '../support/cpu-ratio.ts';

function read(text: string): unknown {
  const manifest = parseManifest({ bytes: Buffer.from(text), source: 'a.yaml', line: 0 });
  const contents = manifest?.document.contents;
  return manifest && contents ? valueOf(manifest, contents) : null;
}

function refusal(text: string): string {
  try {
    read(text);
    return '';
  } catch (error) {
    if (error instanceof OutriggerError) return error.message;
    throw error;
  }
}

const shapes: Readonly<Record<string, (levels: number) => string>> = {
  'lists in brackets': (levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`,
  'maps in braces': (levels) => `${'{a: '.repeat(levels)}1${'}'.repeat(levels)}`,
  'lists behind dashes': (levels) => `${'- '.repeat(levels)}1`,
  'maps below each other': (levels) =>
    Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
  'aliases of aliases': (levels) =>
    `a1: &a1 []\n${Array.from({ length: levels - 2 }, (_, at) => `a${at + 2}: &a${at + 2} [*a${at + 1}]`).join('\n')}`,
};

describe.each(Object.entries(shapes))('a document of %s', (_, make) => {
  it(`may be ${deepest} levels deep`, () => {
    expect(refusal(make(deepest))).toBe('');
  });

  it.each([deepest + 1, 1500])('is refused with its place where it has %d', (levels) => {
    expect(refusal(make(levels))).toMatch(/^a\.yaml:\d+:\d+: this is nested deeper than 500 levels$/u);
  });
});

it.each(['[', '{a: ', '- ', '? '])('a file of nothing but %s is refused in bounded time', async (word) => {
  expect(await cpuRatio(10_000, (size) => () => refusal(word.repeat(size)))).toBeLessThanOrEqual(3);
});
