/** The quick reader against the full one: where it makes nodes, the other makes the same and finds no mistake. */
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq } from 'yaml';
import { endOf, startOf } from '../../src/manifests/nodes.ts';
import { parseFully } from '../../src/manifests/parse.ts';
import { readQuickly } from '../../src/manifests/quick.ts';
import { anyPod } from '../inject/random-pods.ts';
import { pieceOf } from './fixtures.ts';
import { anyLayout, mostlyPlain } from './random-layout.ts';

/** All of a node that anything is made of: its kind, its place, its value. */
function shapeOf(node: unknown): unknown {
  const place = [startOf(node), endOf(node)];
  if (isMap(node)) {
    const pairs = node.items.map(({ key, value }) => [shapeOf(key), shapeOf(value)]);
    return { map: pairs, flow: node.flow === true, place };
  }
  if (isSeq(node)) return { list: node.items.map(shapeOf), flow: node.flow === true, place };
  return isScalar(node) ? { value: node.value, type: node.type, place } : { other: String(node) };
}

function expectAgreement(text: string): void {
  const root = readQuickly(text);
  if (root === undefined) return;
  const manifest = parseFully(pieceOf(text), text);
  expect(manifest?.document.warnings).toEqual([]);
  expect(shapeOf(root)).toEqual(shapeOf(manifest?.document.contents));
  expect([manifest?.eol, manifest?.isJson, manifest?.shared.size]).toEqual(['\n', root.flow === true, 0]);
}

const anyText = anyPod.chain((pod) => anyLayout({ apiVersion: 'v1', kind: 'Pod', ...pod }, mostlyPlain));

/** Characters and words that mean something to YAML. */
const crumb = fc.constantFrom(
  ...' :-#"\'{}[],|>?!*%@`~\\/\n\t\r\0aé\u00A0\uFEFF'.split(''),
  ...': , :,- , #,? ,|-\n,  ,&a ,*a,!!str ,<<,<<: ,\\n,\\x,---,---\n,...,\n---\n'.split(','),
  ...'null yes 010 .inf 1e3 0x1f -1'.split(' '),
);

/** Somewhere in a text something is put in, taken out, or given twice. */
const anyBrokenText = fc
  .tuple(anyText, fc.array(fc.tuple(fc.nat(9999), fc.nat(4), crumb), { minLength: 1, maxLength: 3 }))
  .map(([text, edits]) =>
    edits.reduce((broken, [place, length, put]) => {
      const at = place % (broken.length + 1);
      return broken.slice(0, at) + put + broken.slice(at + length);
    }, text),
  );

const anyKey = fc.constantFrom('a', 'b', 'c: d', "'e'", '"f"', 'app.io/g', 'h i', '1', 'on', '~', '-j', 'é');
const anyValue = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', ' ', ' x', ' x # y', ' # z', '  x y', ' 08', " 'a'' b'", ' "a\\n"'),
  },
  fc.constantFrom(
    ' {}',
    ' { }',
    ' []',
    ' [a, "b"]',
    ' {a: b, c: {d: e}}',
    ' {a: b:c, d: }',
    ' [a b, -1]',
    ' {a: b},',
  ),
  fc.constantFrom(
    ' |',
    ' |-',
    ' |+',
    ' >',
    ' |2',
    ' | # c',
    ' a:b',
    ' a #b',
    ' a#b',
    ' a: b',
    ' - a',
    ' -a',
    ' :a',
  ),
);
/** Lines as they may stand in a document, put together without regard to what fits. */
const anyLine = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anyKey, anyValue).map(([key, value]) => `${key}:${value}`) },
  { weight: 2, arbitrary: anyValue.map((value) => `-${value}`) },
  { weight: 2, arbitrary: fc.tuple(anyKey, anyValue).map(([key, value]) => `- ${key}:${value}`) },
  fc.constantFrom('', '# c', 'x', '-', '- - a', '-   a: b', '? a', ': b', '---', '...'),
);
const anyLines = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 2, 2, 4, 1, 3), anyLine), { minLength: 1, maxLength: 8 })
  .map((lines) => lines.map(([indent, line]) => ' '.repeat(indent) + line).join('\n'));

describe('the quick reader agrees with the full one', () => {
  it.each([
    ['on any layout', anyText],
    ['on texts with mistakes in them', anyBrokenText],
    [
      'on lines that may not fit together',
      fc.tuple(anyLines, fc.constantFrom('', '\n')).map((parts) => parts.join('')),
    ],
  ])('%s', (_, text) => {
    fc.assert(fc.property(text, expectAgreement), { numRuns: 1500 });
  });

  it.each([
    ['a key without a value at the end', 'a:'],
    ['spaces behind a key without a value', 'a:  \nb:   # c\n# d\nc: '],
    ['a list at the column of its key', 'a:\n- b\n- c: d\n  e:\n  - f\ng: h\n'],
    ['a list behind a dash', 'a:\n- - b\n  - c\n-   - d\n'],
    ['a dash on a line of its own', 'a:\n  -\n    b: c\n  - # d\n    - e\n'],
    ['texts of several lines', 'a: |\n  b\n\n    c\n  d\n\n\ne:\n- |-\n f\n# g\n'],
    ['a text that ends the file', 'a: |\n  b'],
    ['a text that another follows', 'a:\n  b: |\n    c\n\n  d: |-\n   e\n'],
    ['escapes', String.raw`a: "b\"\\\/\b\f\n\r\t"`],
    ['quotes', `a: 'b''c'\n"d": ''\n`],
    [
      'what means something',
      'a: [null, ~, yes, 010, 1.5, 0x1f, 1_000, -1, 1e3]\nno: 1\n2: 9223372036854775807\n',
    ],
    ['colons and hashes in words', 'a: b:c#d f\ng: http://h:80/#i\n'],
    ['brackets over several lines', 'a: [\n  b,\n\n  {c: d,\n  e: f},\n  ]\ng: h\n'],
    ['JSON', '{"a":1, "b": {"c":[true,null,"\\u003cd\\u003e\\ud83d\\ude00"]}}'],
    ['pretty JSON', '{\n    "a": [\n        1,\n        {}\n    ]\n}\n'],
    ['a marker', '--- # a\nb: c\n'],
    ['a marker alone on its line', '---\n\n# a\nb: c\n'],
  ])('and takes %s', (_, text) => {
    expect(readQuickly(text)).toBeDefined();
    expectAgreement(text);
  });

  it('and takes our examples', () => {
    const text = readFileSync(new URL('../../examples/shop.yaml', import.meta.url), 'utf8');
    for (const document of text.split(/^(?=---)/mu)) {
      expect(readQuickly(document)).toBeDefined();
      expectAgreement(document);
    }
  });

  it.each([
    ['a key given twice', 'a: 1\nb: 2\na: 3\n'],
    ['a key given twice in braces', 'a: {b: 1, b: 2}\n'],
    ['a text that goes on', 'a: b\n  c\n'],
    ['a value indented like its key', 'a:\n b: c\n  d: e\n'],
    ['a template', 'a: {{ .b }}\n'],
    ['an anchor', 'a: &b c\n'],
    ['a merge', '<<: a\n'],
    ['infinity', 'a: .inf\n'],
    ['a tab', 'a:\tb\n'],
    ['an end', 'a: b\n...\n'],
    ['two documents', 'a: b\n---\nc: d\n'],
    ['a folded text', 'a: >\n  b\n'],
    ['spaces alone behind a literal', 'a: |\n  x\n \n    \n'],
    ['too many levels', Array.from({ length: 60 }, (__, level) => `${' '.repeat(level)}a:\n`).join('')],
    ['a bracket that ends too far left', 'a:\n  b: [\n    c\n  ]\n'],
    ['too many levels in braces', `a: ${'['.repeat(60)}${']'.repeat(60)}\n`],
    ['a text of a million words', `a: ${'b '.repeat(1_000_000)}c\n`],
    ['a text of a million escapes', `a: "${'\\n'.repeat(1_000_000)}"\n`],
    ['too long a key', `${'a'.repeat(1010)}: b\n`],
    ['nothing', ''],
  ])('and leaves %s to it', (_, text) => {
    expect(readQuickly(text)).toBeUndefined();
  });
});
