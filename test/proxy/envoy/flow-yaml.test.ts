import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bootstrap } from '../../../src/proxy/envoy/bootstrap.ts';
import { printFlowYaml } from '../../../src/proxy/envoy/flow-yaml.ts';
import type { Json } from '../../../src/proxy/envoy/json.ts';
import { anyPlan } from '../any-plan.ts';
import { nastyStrings } from './nasty-strings.ts';

const read = (text: string): unknown =>
  parse(text, { version: '1.2', schema: 'core', merge: false, maxAliasCount: -1 });

const anyString = fc.oneof(
  fc.constantFrom(...nastyStrings),
  fc.string(),
  // Lone halves of surrogate pairs are no text: UTF-8 cannot carry them.
  fc.string({ unit: 'binary' }),
);

/** Few distinct leaves, so that nodes come again. */
const anyJson = fc.letrec<{ value: Json; leaf: Json; node: Json }>((tie) => ({
  value: fc.oneof({ depthSize: 'medium', withCrossShrink: true }, tie('leaf'), tie('node')),
  leaf: fc.oneof(
    anyString,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  ),
  node: fc.oneof(
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      anyString.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5 },
    ),
    tie('value').map((value) => [value, { twin: value }, value]),
  ),
})).value;

describe('printing data as flow YAML', () => {
  it('gives the data back when it is read', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(read(printFlowYaml(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the bootstrap of any plan back when it is read', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(read(printFlowYaml(bootstrap(plan)))).toEqual(bootstrap(plan));
      }),
    );
  });

  it('makes one line', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(printFlowYaml(value)).not.toMatch(/[\n\r\u0085\u2028\u2029]/u);
      }),
    );
  });

  it('is no longer than without aliases', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(printFlowYaml([value, value]).length).toBeLessThanOrEqual(2 * printFlowYaml(value).length + 3);
      }),
    );
  });

  it.each<[string, Json, string]>([
    ['maps and lists', { a: [1, true, null, 'x'], b: {} }, '{a: [1,true,null,x],b: {}}'],
    [
      'a node that comes again as an alias',
      [{ name: 'outbound' }, { name: 'outbound' }],
      '[&a {name: outbound},*a]',
    ],
    ['keys too', [{ some_field: 1 }, { some_field: 2 }, 'some_field'], '[{&a some_field: 1},{*a : 2},*a]'],
    ['equal texts too', ['a long text', 'a long text'], "[&a 'a long text',*a]"],
    ['a short node each time anew', [true, true, 7, 7], '[true,true,7,7]'],
    [
      'an alias inside an anchored node',
      [{ x: ['abcdefghij'] }, { x: ['abcdefghij'] }, 'abcdefghij'],
      '[&a {x: [&b abcdefghij]},*a,*b]',
    ],
    [
      'the shortest name for what comes most often',
      [['twice__', 1], ['twice__', 1], 'thrice_', 'thrice_', 'thrice_'],
      '[&b [twice__,1],*b,&a thrice_,*a,*a]',
    ],
    ['an integer of 64 bits as it is', 4_294_967_295, '4294967295'],
  ])('prints %s', (_, value, text) => {
    expect(printFlowYaml(value)).toBe(text);
  });

  it('gives each of many anchors its own name', () => {
    const twins = Array.from({ length: 200 }, (_, i) => `value number ${i}`).flatMap((text) => [text, text]);
    const text = printFlowYaml(twins);
    expect(new Set(text.match(/&\w+/gu)).size).toBe(200);
    expect(read(text)).toEqual(twins);
  });
});
