/**
 * Every shape in which a map can stand that annotations are written into: what comes out, byte for byte, and that
 * it is taken out again. `+` marks what is put in: a row is the output with the insertions between ‹ and ›.
 */
import { describe, expect, it } from 'vitest';
import { isSameButEmpty } from '../../src/manifests/strip.ts';
import { injectText, isSubsequence, problems, readAsKubectl, uninjectText } from './fixtures.ts';

const head = 'apiVersion: v1\nkind: Pod\n';
const spec = 'spec: {containers: [{name: a}]}\n';
const wish = 'linkerd.io/inject: enabled';
const jsonWish = '"linkerd.io/inject": "enabled"';
const metadata = `‹metadata:\n  annotations:\n    ${wish}\n›`;
const annotations = `‹  annotations:\n    ${wish}\n›`;

const rows: [string, string][] = [
  ['a pod without metadata', `${metadata}${head}${spec}`],
  ['a comment at the head of the file', `# Source: chart\n${metadata}${head}${spec}`],
  ['a marker', `---\n${metadata}${head}${spec}`],
  ['a marker with a comment', `--- # first\n${metadata}${head}${spec}`],
  ['an end marker', `${metadata}${head}${spec}...\n`],
  ['a byte order mark', `\uFEFF${metadata}${head}${spec}`],
  ['a byte order mark and a marker', `\uFEFF---\n${metadata}${head}${spec}`],
  ['a directive', `%YAML 1.1\n---\n${metadata}${head}${spec}`],
  ['blank lines at the head', `\n\n${metadata}${head}${spec}`],
  ['no newline at the end', `${metadata}${head}spec: {containers: [{name: a}]}`],
  ['metadata with a name', `${head}metadata:\n${annotations}  name: x\n${spec}`],
  ['metadata at the end of the file', `${head}${spec}metadata:\n${annotations}  name: x`],
  ['metadata at the very beginning', `metadata:\n${annotations}  name: x\n${head}${spec}`],
  ['an indent of four', `${head}metadata:\n‹    annotations:\n        ${wish}\n›    name: x\n${spec}`],
  ['an indent of one', `${head}metadata:\n‹ annotations:\n  ${wish}\n› name: x\n${spec}`],
  ['an indent of three', `${head}metadata:\n‹   annotations:\n      ${wish}\n›   name: x\n${spec}`],
  ['a comment on the line of metadata', `${head}metadata: # ours\n${annotations}  name: x\n${spec}`],
  [
    'a comment above the first key',
    `${head}metadata:\n${annotations}  # why\n  # and how\n  name: x\n${spec}`,
  ],
  ['a comment of another indent', `${head}metadata:\n    # far\n${annotations}  name: x\n${spec}`],
  ['a blank line above the first key', `${head}metadata:\n\n${annotations}  name: x\n${spec}`],
  ['spaces behind the colon', `${head}metadata:   \n${annotations}  name: x\n${spec}`],
  ['spaces before the colon', `${head}metadata :\n${annotations}  name: x\n${spec}`],
  ['a quoted key', `${head}"metadata":\n${annotations}  'name': x\n${spec}`],
  ['a quoted first key', `${head}metadata:\n${annotations}  "name": x\n${spec}`],
  ['an explicit key', `${head}metadata:\n${annotations}  ? name\n  : x\n${spec}`],
  ['annotations', `${head}metadata:\n  annotations:\n‹    ${wish}\n›    team: shop\n${spec}`],
  [
    'annotations with a comment',
    `${head}metadata:\n  annotations:\n‹    ${wish}\n›    # who\n    team: shop # us\n${spec}`,
  ],
  [
    'a block scalar in front',
    `${head}metadata:\n  annotations:\n‹    ${wish}\n›    note: |\n      a\n\n      b\n${spec}`,
  ],
  [
    'a block scalar that keeps newlines',
    `${head}metadata:\n  annotations:\n‹    ${wish}\n›    note: |+\n      a\n\n${spec}`,
  ],
  [
    'a folded text',
    `${head}metadata:\n  annotations:\n‹    ${wish}\n›    note: >-\n      a\n      b\n${spec}`,
  ],
  [
    'a text of several lines',
    `${head}metadata:\n  annotations:\n‹    ${wish}\n›    note: a\n      b\n${spec}`,
  ],
  [
    'a quoted text of several lines',
    `${head}metadata:\n  annotations:\n‹    ${wish}\n›    note: "a\n      b"\n${spec}`,
  ],
  [
    'empty annotations',
    `${head}metadata:\n  annotations:\n‹    ${wish} # outrigger: was empty\n›  name: x\n${spec}`,
  ],
  [
    'empty annotations with a comment',
    `${head}metadata:\n  annotations: # none\n‹    ${wish} # outrigger: was empty\n›  name: x\n${spec}`,
  ],
  [
    'empty annotations and comments below',
    `${head}metadata:\n  annotations:\n‹    ${wish} # outrigger: was empty\n›  # none\n  name: x\n${spec}`,
  ],
  [
    'empty annotations that end the file',
    `${head}${spec}metadata:\n  annotations:‹\n    ${wish} # outrigger: was empty›`,
  ],
  [
    'empty annotations that end the file with a newline',
    `${head}${spec}metadata:\n  annotations:\n‹    ${wish} # outrigger: was empty\n›`,
  ],
  ['empty metadata', `${head}metadata:\n‹  annotations: # outrigger: was empty\n    ${wish}\n›${spec}`],
  [
    'annotations: null',
    `${head}metadata:\n  annotations: ‹{${wish}} # outrigger: was ›null\n  name: x\n${spec}`,
  ],
  ['annotations: ~', `${head}metadata:\n  annotations: ‹{${wish}} # outrigger: was ›~\n  name: x\n${spec}`],
  [
    'annotations: null with a comment',
    `${head}metadata:\n  annotations: ‹{${wish}} # outrigger: was ›null # none\n${spec}`,
  ],
  ['metadata: null', `${head}metadata: ‹{annotations: {${wish}}} # outrigger: was ›null\n${spec}`],
  ['annotations: {}', `${head}metadata:\n  annotations: {‹ ${wish} ›}\n  name: x\n${spec}`],
  ['annotations: { }', `${head}metadata:\n  annotations: {‹ ${wish} › }\n  name: x\n${spec}`],
  ['empty braces on two lines', `${head}metadata:\n  annotations: {‹ ${wish} ›\n  }\n  name: x\n${spec}`],
  ['metadata: {}', `${head}metadata: {‹ annotations: {${wish}} ›}\n${spec}`],
  ['annotations in braces', `${head}metadata:\n  annotations: {‹${wish}, ›team: shop}\n${spec}`],
  [
    'annotations in braces with spaces',
    `${head}metadata:\n  annotations: {‹ ${wish},› team: shop }\n${spec}`,
  ],
  [
    'annotations in braces with a comma at the end',
    `${head}metadata:\n  annotations: {‹${wish}, ›team: shop,}\n${spec}`,
  ],
  [
    'annotations in braces on several lines',
    `${head}metadata:\n  annotations: {‹\n    ${wish},›\n    team: shop\n  }\n${spec}`,
  ],
  [
    'a comment behind the brace',
    `${head}metadata:\n  annotations: {‹ ${wish},› # who\n    team: shop\n  }\n${spec}`,
  ],
  ['metadata in braces', `${head}metadata: {‹annotations: {${wish}}, ›name: x}\n${spec}`],
  [
    'metadata and annotations in braces',
    `${head}metadata: {name: x, annotations: {‹${wish}, ›team: shop}}\n${spec}`,
  ],
  ['empty braces inside braces', `${head}metadata: {name: x, annotations: {‹ ${wish} ›}}\n${spec}`],
  [
    'JSON on one line',
    `{"apiVersion":"v1","kind":"Pod","metadata":{‹"annotations": {${jsonWish}}, ›"name":"x"},"spec":{}}`,
  ],
  [
    'JSON without metadata',
    `{‹"metadata": {"annotations": {${jsonWish}}}, ›"apiVersion":"v1","kind":"Pod","spec":{}}`,
  ],
  [
    'pretty JSON',
    `{\n    "apiVersion": "v1",\n    "kind": "Pod",\n    "metadata": {‹\n        "annotations": {${jsonWish}},›\n        "name": "x"\n    },\n    "spec": {}\n}\n`,
  ],
  [
    'JSON with empty annotations',
    `{"kind": "Pod", "apiVersion": "v1", "metadata": {"annotations": {‹ ${jsonWish} ›}}, "spec": {}}\n`,
  ],
  ['JSON inside YAML', `${head}metadata:\n  annotations: {‹${jsonWish}, ›"team": "shop"}\n${spec}`],
  [
    'JSON indented by tabs',
    `{\n\t"kind": "Pod",\n\t"apiVersion": "v1",\n\t"metadata": {‹\n\t\t"annotations": {${jsonWish}},›\n\t\t"name": "x"\n\t}\n}\n`,
  ],
  [
    'a list',
    `apiVersion: v1\nkind: List\nitems:\n- ‹metadata:\n    annotations:\n      ${wish}\n  ›apiVersion: v1\n  kind: Pod\n  spec: {}\n`,
  ],
  [
    'a list with a dash on a line of its own',
    `apiVersion: v1\nkind: List\nitems:\n-\n‹  metadata:\n    annotations:\n      ${wish}\n›  apiVersion: v1\n  kind: Pod\n  spec: {}\n`,
  ],
  [
    'a list inside a list',
    `apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: List\n    items:\n      -   ‹metadata:\n            annotations:\n              ${wish}\n          ›kind: Pod\n          apiVersion: v1\n          spec: {}\n`,
  ],
  [
    'a Deployment',
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n  annotations: {keep: this}\nspec:\n  template:\n    metadata:\n‹      annotations:\n        ${wish}\n›      labels: {app: x}\n    spec: {}\n`,
  ],
  [
    'a CronJob',
    `apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n‹        metadata:\n          annotations:\n            ${wish}\n›        spec: {}\n`,
  ],
  ['an anchor nobody refers to', `${head}metadata: &m\n${annotations}  name: x\n${spec}`],
  ['an anchor before the first key', `${head}metadata:\n${annotations}  &k name: x\n${spec}`],
  ['a tag', `${head}metadata: !!map\n${annotations}  name: x\n${spec}`],
  [
    'annotations that are an alias',
    `${head}x: &c\n  team: shop\nmetadata:\n  annotations: ‹{<<: ›*c‹, ${wish}}›\n${spec}`,
  ],
  [
    'annotations with a merge',
    `${head}x: &c {team: shop}\nmetadata:\n  annotations:\n‹    ${wish}\n›    <<: *c\n${spec}`,
  ],
  ['aliases elsewhere', `${head}metadata:\n  annotations:\n‹    ${wish}\n›    a: &a b\n    c: *a\n${spec}`],
];

describe('annotations are put in, and nothing else changes', () => {
  const crlf = rows.map(([name, row]): [string, string] => [
    `${name}, with CRLF`,
    row.replaceAll('\n', '\r\n'),
  ]);
  it.each([...rows, ...crlf])('%s', (_, row) => {
    const before = row.replaceAll(/‹[^›]*›/gu, '');
    const after = row.replaceAll(/[‹›]/gu, '');
    const { text, findings } = injectText(before);
    expect(findings.map(({ verdict, details }) => [verdict, ...details])).toEqual([['annotated']]);
    expect(text).toBe(after);
    expect(isSubsequence(before, text)).toBe(true);
    expect(readAsKubectl(text)).not.toEqual(readAsKubectl(before));
    expect(uninjectText(text).text).toBe(before);
  });

  it('puts several settings into one place', () => {
    const { text } = injectText(`${head}metadata:\n  name: x\n${spec}`, {
      'skip-outbound-ports': '4406',
      'proxy-log-level': 'info',
    });
    expect(text).toContain(
      `  annotations:\n    ${wish}\n    config.linkerd.io/skip-outbound-ports: '4406'\n    config.linkerd.io/proxy-log-level: info\n`,
    );
  });
});

describe('a null inside braces gives way, and what is taken out again means the same', () => {
  it.each([
    ['null', '{name: x, annotations: null}', `{name: x, annotations: {${wish}}}`, '{name: x}'],
    ['a tilde', '{name: x, annotations: ~}', `{name: x, annotations: {${wish}}}`, '{name: x}'],
    ['no value', '{name: x, annotations: }', `{name: x, annotations:  {${wish}}}`, '{name: x}'],
    ['a key alone', '{annotations, name: x}', `{annotations: {${wish}}, name: x}`, '{name: x}'],
    [
      'between others',
      '{a: b, annotations: null, c: d}',
      `{a: b, annotations: {${wish}}, c: d}`,
      '{a: b, c: d}',
    ],
    ['JSON', '{"annotations":null,"name":"x"}', `{"annotations":{${jsonWish}},"name":"x"}`, '{"name":"x"}'],
    ['nothing else', '{annotations: null}', `{annotations: {${wish}}}`, undefined],
  ])('%s', (_, before, after, back) => {
    const document = (metadata: string): string => `${head}metadata: ${metadata}\n${spec}`;
    const { text } = injectText(document(before));
    expect(text).toBe(document(after));
    const taken = uninjectText(text).text;
    expect(taken).toBe(back === undefined ? `${head}${spec}` : document(back));
    expect(isSameButEmpty(readAsKubectl(taken), readAsKubectl(document(before)))).toBe(true);
  });
});

describe('what would change something else is refused with its place', () => {
  it.each<[string, string, string]>([
    [
      'a shared map',
      `${head}metadata: &m\n  name: x\nx: *m\n${spec}`,
      'in.yaml:4:3: &m stands elsewhere too',
    ],
    [
      'a shared map of annotations',
      `${head}metadata:\n  annotations: &m\n    a: b\nx: *m\n${spec}`,
      'in.yaml:5:5: &m stands elsewhere too',
    ],
    [
      'metadata that is an alias',
      `x: &m {name: x}\n${head}metadata: *m\n${spec}`,
      'in.yaml:4:11: metadata is an alias; write it out here',
    ],
    [
      'a template that is an alias',
      'x: &t {spec: {}}\napiVersion: apps/v1\nkind: Deployment\nspec:\n  template: *t\n',
      'in.yaml:5:13: template is an alias; write it out here',
    ],
    [
      'annotations from a merge',
      `x: &m {annotations: {a: b}}\n${head}metadata:\n  <<: *m\n  name: x\n${spec}`,
      'in.yaml:5:3: annotations comes from a merge (<<); write it out here',
    ],
    [
      'annotations that are a list',
      `${head}metadata:\n  annotations: []\n${spec}`,
      'metadata.annotations is not',
    ],
  ])('%s', (_, text, message) => {
    const result = injectText(text);
    expect(result.text).toBe(text);
    expect(problems(result)).toEqual([expect.stringContaining(message)]);
  });
});

const pod = (lines: string): string => `${head}metadata:\n  annotations:\n    ${wish}\n${lines}${spec}`;

describe('a value that stands there already', () => {
  const flag = { 'skip-outbound-ports': '4406' } as const;
  const key = 'config.linkerd.io/skip-outbound-ports';
  it.each([
    ['a plain one', `    ${key}: default\n`, `    ${key}: '4406'\n`],
    ['a quoted one with a comment', `    ${key}: "1,2" # db\n`, `    ${key}: '4406' # db\n`],
    ['a block scalar', `    ${key}: |\n      1,2\n`, `    ${key}: '4406'\n`],
    ['the same', `    ${key}: "4406"\n`, `    ${key}: "4406"\n`],
    ['one that is an alias', `    a: &a '1'\n    ${key}: *a\n`, `    a: &a '1'\n    ${key}: '4406'\n`],
  ])('gives way to a flag: %s', (_, before, after) => {
    expect(injectText(pod(before), flag).text).toBe(pod(after));
  });

  it('is left alone where it asks for injection in its own way', () => {
    const text = `${head}metadata:\n  annotations: {linkerd.io/inject: ingress}\n${spec}`;
    expect(injectText(text)).toMatchObject({ text, findings: [{ verdict: 'unchanged' }] });
  });
});
