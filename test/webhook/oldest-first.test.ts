import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OldestFirst } from '../../src/webhook/oldest-first.ts';

describe('things in the order in which they came', () => {
  it('are a list from which each can be taken once', () => {
    const steps = fc.array(fc.oneof(fc.constant('add' as const), fc.nat(20)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (taken) => {
        const list = new OldestFirst<{ readonly number: number }>();
        const removals: (() => boolean)[] = [];
        let model: number[] = [];
        for (const step of taken) {
          if (step === 'add') {
            model.push(removals.length);
            removals.push(list.add({ number: removals.length }));
          } else if (step < removals.length) {
            expect(removals[step]!()).toBe(model.includes(step));
            model = model.filter((number) => number !== step);
          }
          expect(list.first?.number).toBe(model[0]);
        }
      }),
    );
  });
});
