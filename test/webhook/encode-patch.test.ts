import type { Operation } from 'fast-json-patch';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePatch } from '../../src/webhook/encode-patch.ts';
import { injected } from '../../src/webhook/respond.ts';
import { frozen, overTheWire } from '../inject/fixtures.ts';
import { operationsIn, responseIn } from './reviews.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'ä', '€uro', '🛶', '\ud83d', '"', '\\', '\u0000', '\u2028', '__proto__'),
);
const value = fc
  .jsonValue()
  .chain((json) => fc.boolean().map((isFrozen) => (isFrozen ? frozen(json) : json)));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant('add' as const), path: text, value }, { noNullPrototype: true }),
  fc.record({ op: fc.constant('replace' as const), path: text, value }, { noNullPrototype: true }),
  fc.record({ op: fc.constant('remove' as const), path: text }, { noNullPrototype: true }),
);
const patch = fc.array(operation, { maxLength: 8 });

const decoded = (base64: string): unknown => JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));

describe('a patch', () => {
  it('read back from its base64 is the same patch, also the second time and beside others', () => {
    fc.assert(
      fc.property(fc.array(patch, { minLength: 1, maxLength: 4 }), (patches) => {
        for (const one of [...patches, ...patches])
          expect(decoded(encodePatch(one).toString())).toEqual(overTheWire(one));
      }),
    );
  });

  it('is base64 without anything between', () => {
    fc.assert(
      fc.property(patch, (operations) => {
        const encoded = encodePatch(operations).toString();
        expect(encoded).toMatch(/^[A-Za-z0-9+/]+={0,2}$/u);
        expect(encoded.length % 4).toBe(0);
      }),
    );
  });

  it('comes out of a response as it went in, with uid and warnings of any text', () => {
    fc.assert(
      fc.property(patch, text, fc.array(text, { maxLength: 3 }), (operations, uid, messages) => {
        const warnings = messages.map((message) => ({ code: 'unknown_setting', message }) as const);
        const { status, body } = injected(uid, operations, warnings);
        const response = responseIn({ status, headers: {}, text: body.toString() });
        expect(operationsIn(response)).toEqual(overTheWire(operations));
        expect({ uid: response.uid, warnings: response.warnings }).toEqual({
          uid,
          warnings: messages.length === 0 ? undefined : messages,
        });
      }),
    );
  });
});
