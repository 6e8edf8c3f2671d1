import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff } from '../../src/inject/diff.ts';
import { inject } from '../../src/inject/inject.ts';
import type { Container, Pod } from '../../src/kubernetes.types.ts';
import { contextOf, injected, namespaceOf, overTheWire, patched, podOf } from './fixtures.ts';
import { anyPod, change, completedPod, namespaceAnnotations } from './random-pods.ts';

const installations = [
  { config: { images: { pullSecrets: ['regcred', 'pull'] } } },
  { cluster: { nativeSidecars: false } },
];
const anyContext = fc.constantFrom(...installations.map(contextOf));
const anyUpgrade = fc.constantFrom(
  ...installations.map(
    (options) => [contextOf(options), contextOf({ ...options, version: '0.2.0' })] as const,
  ),
);

describe('the patch', () => {
  it('applied to the pod as it came gives the pod that was meant', () => {
    fc.assert(
      fc.property(anyPod, anyContext, namespaceAnnotations, (pod, context, annotations) => {
        const outcome = injected(inject(pod, namespaceOf(annotations), context));
        expect(patched(pod, outcome)).toStrictEqual(overTheWire(outcome.pod));
      }),
      { numRuns: 300 },
    );
  });

  it('does so too for a pod that comes back with the changes of others', () => {
    fc.assert(
      fc.property(
        completedPod,
        anyUpgrade,
        namespaceAnnotations,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (pod, [older, newer], annotations, others) => {
          const first = patched(pod, inject(pod, namespaceOf(), older));
          const received = overTheWire(others.reduce((current, other) => other(current), first));
          const outcome = inject(received, namespaceOf(annotations), newer);
          expect(patched(received, outcome)).toStrictEqual(overTheWire(injected(outcome).pod));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('carries none of the containers that were there before, however many', () => {
    const own = Array.from({ length: 5 }, (_, index) => ({ name: `own-${index}`, image: 'secret/app:1' }));
    const pod = podOf(
      { team: 'shop' },
      { initContainers: own, containers: own, volumes: [{ name: 'data' }] },
    );
    for (const nativeSidecars of [true, false]) {
      const outcome = injected(inject(pod, namespaceOf(), contextOf({ cluster: { nativeSidecars } })));
      expect(JSON.stringify(outcome.patch)).not.toMatch(/secret\/app|shop/u);
      expect(new Set(outcome.patch.map(({ op }) => op))).toEqual(new Set(['add']));
    }
  });

  it('between a pod and itself is empty', () => {
    const pod = podOf();
    expect(diff(pod, { ...pod })).toEqual([]);
  });

  const [a, b, c, x, y] = ['a', 'b', 'c', 'x', 'y'].map((name): Container => ({ name })) as [
    Container,
    Container,
    Container,
    Container,
    Container,
  ];
  it.each([
    ['at the front', [a, b], [x, y, a, b]],
    ['in the middle', [a, b], [a, x, y, b]],
    ['at the end', [a, b], [a, b, x, y]],
    ['everywhere', [a, b, c], [x, a, b, y, c]],
    ['into nothing', [], [x, y]],
    ['where there was no list', undefined, [x, y]],
    ['where there was null', null, [x, y]],
  ] as [string, Container[] | null | undefined, Container[]][])(
    'for items put in %s has only additions',
    (_, before, after) => {
      const received: Pod = { spec: before === undefined ? {} : { containers: before } };
      const patch = diff(received, { spec: { containers: after } });
      expect(patch.every(({ op }) => op === 'add')).toBe(true);
      expect(patched(received, { kind: 'inject', pod: received, patch, warnings: [] } as never)).toEqual({
        spec: { containers: after },
      });
    },
  );

  it('for an item that changed has nothing of the others, nor of itself what stayed', () => {
    const received: Pod = { spec: { containers: [{ name: 'a', image: 'a:1' }, b] } };
    const changed: Pod = { spec: { containers: [x, { name: 'a', image: 'a:2' }, b] } };
    expect(diff(received, changed)).toEqual([
      { op: 'replace', path: '/spec/containers/0/image', value: 'a:2' },
      { op: 'add', path: '/spec/containers/0', value: x },
    ]);
  });

  it.each([
    ['moved', [a, b, c], [c, a, b]],
    ['gone', [a, b, c], [b]],
    ['gone while others come', [a, b, c], [x, b, y]],
    ['changed', [a, b], [{ name: 'a', image: 'other' }, b]],
    ['all gone', [a], undefined],
  ] as [string, Container[], Container[] | undefined][])(
    'for items that are %s gives the new list too',
    (_, before, after) => {
      const received: Pod = { metadata: {}, spec: { containers: before } };
      const changed: Pod = { metadata: {}, spec: after === undefined ? {} : { containers: after } };
      const patch = diff(received, changed);
      expect(patched(received, { kind: 'inject', pod: received, patch, warnings: [] } as never)).toEqual(
        changed,
      );
    },
  );
});
