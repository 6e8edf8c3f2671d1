import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import type { Pod } from '../../src/kubernetes.types.ts';
import { contextOf, injected, keys } from '../inject/fixtures.ts';
import { anyPod } from '../inject/random-pods.ts';
import {
  injectManually,
  injectText,
  isSubsequence,
  readAsKubectl,
  uninjectText,
  type Result,
} from './fixtures.ts';
import { anyLayout } from './random-layout.ts';

/** A pod that carries nothing of ours, as the laws want it. */
const foreignPod: fc.Arbitrary<Pod> = anyPod.map((pod) => {
  if (!pod.metadata?.annotations) return pod;
  const others = Object.entries(pod.metadata.annotations).filter(([key]) => !key.includes('linkerd.io/'));
  return { ...pod, metadata: { ...pod.metadata, annotations: Object.fromEntries(others) } };
});

interface Case {
  readonly value: Record<string, unknown>;
  readonly text: string;
  /** The value with another pod in it. */
  readonly wrap: (pod: Pod) => unknown;
  readonly pod: Pod;
}

const wrappers: ((pod: Pod) => Record<string, unknown>)[] = [
  (pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod }),
  (pod) => ({ ...pod, kind: 'Pod', apiVersion: 'v1' }),
  (template) => ({ kind: 'Deployment', apiVersion: 'apps/v1', spec: { replicas: 1, template } }),
  (template) => ({ kind: 'CronJob', apiVersion: 'batch/v1', spec: { jobTemplate: { spec: { template } } } }),
  (pod) => ({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Service', spec: {} },
      { apiVersion: 'v1', kind: 'Pod', ...pod },
    ],
  }),
];

const anyCase: fc.Arbitrary<Case> = fc
  .tuple(foreignPod, fc.constantFrom(...wrappers))
  .chain(([pod, wrap]) => anyLayout(wrap(pod)).map((text) => ({ value: wrap(pod), text, wrap, pod })));

/** What a case without a pod template comes to. */
const isEmptyTemplate = ({ pod, value }: Case): boolean =>
  value['kind'] !== 'Pod' && Object.keys(pod).length === 0;

function expectLaws({ text }: Case, result: Result, expected: unknown): void {
  expect(result.findings.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(readAsKubectl(result.text)).toEqual(expected);
  expect(isSubsequence(text, result.text)).toBe(true);
  expect(uninjectText(result.text).text).toBe(text);
}

const native = contextOf({ origin: 'cli', keepsProbes: true });
const classic = contextOf({
  origin: 'cli',
  keepsProbes: true,
  cluster: { nativeSidecars: false },
  config: { images: { pullSecrets: ['regcred', 'pull'] } },
});

describe('whatever the layout', () => {
  it('a layout means its value', () => {
    fc.assert(
      fc.property(anyCase, ({ text, value }) => {
        expect(readAsKubectl(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });

  it('annotations are inserted, mean what they should, and come out again byte for byte', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        fc.pre(!isEmptyTemplate(given));
        const { pod, wrap, text } = given;
        const annotations = {
          ...pod.metadata?.annotations,
          [keys.inject]: 'enabled',
          'config.linkerd.io/skip-outbound-ports': '4406',
        };
        const expected = wrap({ ...pod, metadata: { ...pod.metadata, annotations } });
        expectLaws(given, injectText(text, { 'skip-outbound-ports': '4406' }), expected);
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['native', native],
    ['classic', classic],
  ])('containers are inserted, mean what the engine makes, and come out again: %s', (_, context) => {
    fc.assert(
      fc.property(anyCase, (given) => {
        fc.pre(!isEmptyTemplate(given));
        const { pod, wrap, text } = given;
        const annotations = { ...pod.metadata?.annotations, [keys.inject]: 'enabled' };
        const wished = { ...pod, metadata: { ...pod.metadata, annotations } };
        const { pod: changed } = injected(inject(wished, null, context));
        const expected = JSON.parse(JSON.stringify(wrap(changed))) as unknown;
        expectLaws(given, injectManually(text, {}, context), expected);
      }),
      { numRuns: 150 },
    );
  });

  it('a second time changes nothing', () => {
    fc.assert(
      fc.property(anyCase, ({ text }) => {
        const once = injectManually(text, { 'skip-outbound-ports': '4406' });
        expect(injectManually(once.text, { 'skip-outbound-ports': '4406' }).text).toBe(once.text);
        const annotated = injectText(text);
        expect(injectText(annotated.text).text).toBe(annotated.text);
      }),
      { numRuns: 100 },
    );
  });
});
