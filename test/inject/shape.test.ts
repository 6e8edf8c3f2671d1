import * as fc from 'fast-check';
import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import {
  at,
  closed,
  integer,
  listOf,
  mapOf,
  matching,
  nullable,
  object,
  oneOf,
  optional,
  text,
  textOrInteger,
  textOrNumber,
  truth,
  tuple,
  type Raw,
  type Shape,
} from '../../src/inject/shape.ts';

const person = object(
  (it: Raw<{ name: unknown; age: unknown }>) =>
    at('name', it.name, text) ?? at('age', it.age, nullable(integer)),
);
const pair = tuple(text, integer, optional(truth));

describe('a shape', () => {
  it.each<[string, Shape, unknown]>([
    ['a text', text, ''],
    ['a whole number', integer, -3],
    ['a text or a number', textOrNumber, 0.5],
    ['one of some', oneOf(1, 'a'), 'a'],
    ['a text of a form', matching(/^a+$/u), 'aa'],
    ['nothing, where it may be missing', optional(text), undefined],
    ['null, where it may be', nullable(text), null],
    ['an object with a field that nobody knows', person, { name: 'a', future: 1 }],
    ['an object with a field of null', person, { name: 'a', age: null }],
    ['a list', listOf(person), [{ name: 'a' }, { name: 'b', age: 1 }]],
    ['an empty list', listOf(person), []],
    ['a map', mapOf(integer), { a: 1, b: 2 }],
    ['a tuple', pair, ['a', 1, true]],
    ['a tuple without what may be missing', pair, ['a', 1]],
    ['an object of known fields', closed({ a: text, b: optional(text) }), { a: '' }],
  ])('takes %s', (_, shape, value) => {
    expect(shape(value)).toBeUndefined();
  });

  it.each<[string, Shape, unknown, string]>([
    ['a number for a text', text, 1, ''],
    ['null for what may only be missing', optional(text), null, ''],
    ['a list for an object', person, [], ''],
    ['null for an object', person, null, ''],
    ['an object without a field', person, {}, ''],
    ['a field', person, { name: 'a', age: 'b' }, 'age'],
    ['an item', listOf(person), [{ name: 'a' }, { name: 1 }], '1.name'],
    ['an item that lacks a field', listOf(person), [{}], '0'],
    ['a value of a map', mapOf(listOf(text)), { a: [], b: ['', 0] }, 'b.1'],
    ['a field that nobody knows', closed({ a: text }), { a: '', b: '' }, ''],
    ['a tuple that is too short', pair, ['a'], ''],
    ['a tuple that is too long', pair, ['a', 1, true, 1], ''],
    ['a place of a tuple', pair, ['a', 'b'], '1'],
  ])('tells where it does not fit: %s', (_, shape, value, place) => {
    expect(shape(value)).toBe(place);
  });

  it("agrees with typebox's check of the same schema", () => {
    fc.assert(
      fc.property(twins, anyValue, ({ shape, schema }, value) => {
        expect(shape(value) === undefined).toBe(Value.Check(schema, value));
      }),
      { numRuns: 5000 },
    );
  });
});

/** The same, in our words and in typebox's. */
interface Twins {
  readonly shape: Shape;
  readonly schema: TSchema;
}

const leaves: readonly Twins[] = [
  { shape: text, schema: Type.String() },
  { shape: truth, schema: Type.Boolean() },
  { shape: integer, schema: Type.Integer() },
  { shape: textOrInteger, schema: Type.Union([Type.String(), Type.Integer()]) },
  { shape: textOrNumber, schema: Type.Union([Type.String(), Type.Number()]) },
  { shape: matching(/^a+$/u), schema: Type.String({ pattern: '^a+$' }) },
  { shape: oneOf('a', 1), schema: Type.Enum(['a', 1]) },
];

const nullableOf = ({ shape, schema }: Twins): Twins => ({
  shape: nullable(shape),
  schema: Type.Optional(Type.Union([schema, Type.Null()])),
});

const composed = (a: Twins, b: Twins, c: Twins): Twins[] => {
  const maybe = nullableOf(b);
  const schemas = { a: a.schema, b: maybe.schema, c: Type.Optional(c.schema) };
  return [
    a,
    { shape: listOf(a.shape), schema: Type.Array(a.schema) },
    { shape: mapOf(a.shape), schema: Type.Record(Type.String(), a.schema) },
    { shape: tuple(a.shape, b.shape), schema: Type.Tuple([a.schema, b.schema]) },
    {
      shape: object(
        (it: Raw<typeof schemas>) =>
          at('a', it.a, a.shape) ?? at('b', it.b, maybe.shape) ?? at('c', it.c, optional(c.shape)),
      ),
      schema: Type.Object(schemas),
    },
    {
      shape: closed({ a: a.shape, b: maybe.shape, c: optional(c.shape) }),
      schema: Type.Object(schemas, { additionalProperties: false }),
    },
  ];
};

const twins: fc.Arbitrary<Twins> = fc.letrec<{ any: Twins }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...leaves),
    fc
      .tuple(tie('any'), tie('any'), tie('any'), fc.nat({ max: 5 }))
      .map(([a, b, c, which]) => composed(a, b, c)[which] as Twins),
  ),
})).any;

/** JSON of few words, so that it fits often enough. */
const anyValue = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>('a', 'b', '', 1, 0.5, true, null),
    fc.array(tie('any'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('any'), { maxKeys: 4 }),
  ),
})).any;
