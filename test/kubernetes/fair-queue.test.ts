import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from '../../src/kubernetes/fair-queue.ts';

describe('a fair queue', () => {
  it('gives one namespace its share, and the others theirs', () => {
    const queue = createFairQueue<string>({ most: 6, mostOfOne: 4 });
    const loud = Array.from({ length: 10 }, (_, index) => queue.add('loud', `loud-${index}`).taken);
    expect(loud.filter(Boolean)).toHaveLength(4);
    expect(queue.add('one', 'one')).toEqual({ taken: true, dropped: false });
    expect(queue.add('two', 'two')).toEqual({ taken: true, dropped: false });
    expect(queue.add('three', 'three')).toEqual({ taken: true, dropped: true });
    const order = Array.from({ length: 7 }, () => queue.next());
    expect(order).toEqual(['loud-0', 'one', 'two', 'three', 'loud-1', 'loud-2', undefined]);
  });

  it('never holds more than it may, and gives out what it has taken once', () => {
    const adding = fc.record({ namespace: fc.constantFrom('a', 'b', 'c', 'd'), takes: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(fc.array(adding, { maxLength: 60 }), (steps) => {
        const queue = createFairQueue<number>({ most: 8, mostOfOne: 5 });
        let [held, given] = [0, 0];
        for (const [index, { namespace, takes }] of steps.entries()) {
          const { taken, dropped } = queue.add(namespace, index);
          held += (taken ? 1 : 0) - (taken && dropped ? 1 : 0);
          for (let take = 0; take < takes; take += 1) if (queue.next() !== undefined) given += 1;
          expect(queue.size).toBe(held - given);
          expect(queue.size).toBeLessThanOrEqual(8);
        }
      }),
    );
  });
});
