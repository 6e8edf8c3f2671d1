/** Scalars as the real kubectl reads them, in the document, and what our reader makes of the same text. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKubectl, type Kubectl } from '../cluster/kubectl.ts';
import { ensurePart } from '../parts/build.ts';
import { runOutrigger } from '../../commands/run-outrigger.ts';

let dir: string;
let kubectl: Kubectl;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outrigger-e2e-'));
  kubectl = createKubectl(await ensurePart('kubectl'), join(dir, 'none'), dir);
});
afterAll(() => rm(dir, { recursive: true }));

/** Two spaces between two. */
const scalars = `
yes  Yes  YES  yEs  no  No  NO  nO  y  Y  n  N  on  On  ON  off  OFF  true  True  TRUE  tRUE  false
null  Null  NULL  nULL  ~  ""  "yes"  '1'  =  +  .  1.2.3  1:30  190:20:30  2020-01-01
2001-12-14t21:59:43.10-05:00  010  -010  +010  0o10  0O7  -0o7  0o8  0777  09  08.5  00  0_8  0_10  0_  0
1_000  1__0  1_  _1  -1_000  +1  -0  0x1F  0X1F  -0x1F  +0x10  0x  0x_1  0x1F_  0b11  0B1  -0b1  0b  0b2
1.0  1.  .5  +.5  -.5  ._5  1._5  1_0.5  1.5_0  -0.0  1e3  1E5  1e+5  1.5e-3  .e1  1e  1e3_0  0.1e1_0
1e400  1e21  123456789.5  1d  9007199254740993  9223372036854775807  -9223372036854775808
18446744073709551616  0x7fffffffffffffff  !!str yes  !!str 010  !!int "3"  !!float 3  !!bool yes
!!binary aGVsbG8=  !foo bar  !!timestamp 2020-01-01
`
  .trim()
  .split(/ {2}|\n/u);

const wrap = (values: readonly string[]): string =>
  [
    'apiVersion: example.org/v1',
    'kind: Table',
    'metadata: {name: x}',
    'values:',
    ...values.map((value) => `- ${value}`),
    '',
  ].join('\n');

/** Numbers as their text, so that no digit is lost. */
function valuesIn(json: string): string[] {
  const exact = JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? `number ${numberText(value, context?.source)}` : value,
  ) as { readonly values: readonly unknown[] };
  return exact.values.map((value) => JSON.stringify(value));
}

/** Whole numbers by their digits, others by their value: `1e+06` and `1000000` are one. */
function numberText(value: number, source = ''): string {
  return /^-?\d{1,19}$/u.test(source) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 63 - 1024
    ? source
    : String(value + 0);
}

describe('scalars', () => {
  it('are what the real kubectl reads', async () => {
    const text = wrap(scalars);
    const file = join(dir, 'scalars.yaml');
    await writeFile(file, text);
    const theirs = await kubectl.kubectlOk(['annotate', '--local', '-o', 'json', '-f', file, 'a=b']);
    const ours = await runOutrigger(['inject', '-', '-o', 'json'], { stdin: text });
    expect(ours).toMatchObject({ code: 0, stderr: '' });
    const pairs = (values: string[]) => values.map((value, index) => `${scalars[index]} → ${value}`);
    expect(pairs(valuesIn(ours.stdout))).toEqual(pairs(valuesIn(theirs)));
  });

  it.each(['.inf', '-.Inf', '.nan'])('are refused by both: %s', async (value) => {
    const file = join(dir, 'refused.yaml');
    await writeFile(file, wrap([value]));
    expect((await kubectl.kubectl(['annotate', '--local', '-o', 'json', '-f', file, 'a=b'])).code).toBe(1);
    expect((await runOutrigger(['inject', file])).code).toBe(1);
  });

  it('merge as kubectl merges them', async () => {
    const text =
      'apiVersion: example.org/v1\nkind: Table\nmetadata: {name: x}\nbase: &b {one: 1, two: {a: b}}\nother: &o {one: 2, three: 3}\nvalues:\n- {<<: *b, one: 3}\n- {one: 3, <<: *b}\n- <<: [*b, *o]\n';
    const file = join(dir, 'merge.yaml');
    await writeFile(file, text);
    const theirs = await kubectl.kubectlOk(['annotate', '--local', '-o', 'json', '-f', file, 'a=b']);
    const ours = await runOutrigger(['inject', file, '-o', 'json', '--quiet']);
    expect(valuesIn(ours.stdout)).toEqual(valuesIn(theirs));
  });
});
