import { describe, expect, it } from 'vitest';
import { decide, type Decision } from '../../src/inject/decide.ts';
import type { Reason } from '../../src/inject/reasons.ts';
import type { Namespace, Pod, PodSpec } from '../../src/kubernetes.types.ts';
import { contextOf, namespaceOf, podOf } from './fixtures.ts';

type Word = 'on' | 'disabled' | 'invalid' | 'absent';

const texts: Readonly<Record<Word, string | undefined>> = {
  on: 'enabled',
  disabled: 'disabled',
  invalid: 'enabld',
  absent: undefined,
};

const wish = (word: Word): Record<string, string> => {
  const text = texts[word];
  return text === undefined ? {} : { 'linkerd.io/inject': text };
};

const namespace = (word: Word): Namespace => ({ name: 'shop', labels: wish(word), annotations: {} });

/** A decision in one word or code. */
function inWords(decision: Decision): string {
  if (decision.kind === 'inject') return 'inject';
  return decision.kind === 'skip'
    ? decision.reasons.join(', ')
    : `reject ${decision.problems.map(({ code }) => code).join(', ')}`;
}

describe('the webhook', () => {
  // namespace, pod, decision: all sixteen combinations
  it.each([
    ['on', 'invalid', 'reject invalid_inject'],
    ['disabled', 'invalid', 'invalid_on_pod'],
    ['invalid', 'invalid', 'invalid_on_pod'],
    ['absent', 'invalid', 'invalid_on_pod'],
    ['on', 'disabled', 'disabled_on_pod'],
    ['disabled', 'disabled', 'disabled_on_pod'],
    ['invalid', 'disabled', 'disabled_on_pod'],
    ['absent', 'disabled', 'disabled_on_pod'],
    ['on', 'on', 'inject'],
    ['disabled', 'on', 'inject'],
    ['invalid', 'on', 'inject'],
    ['absent', 'on', 'inject'],
    ['on', 'absent', 'inject'],
    ['invalid', 'absent', 'invalid_on_namespace'],
    ['disabled', 'absent', 'disabled_on_namespace'],
    ['absent', 'absent', 'not_enabled'],
  ] as const)('with the namespace %s and the pod %s decides: %s', (ofNamespace, ofPod, decision) => {
    expect(inWords(decide(podOf(wish(ofPod)), namespace(ofNamespace), contextOf()))).toBe(decision);
  });
});

describe('the command line, which does not know the namespace,', () => {
  it.each([
    ['invalid', 'reject invalid_inject'],
    ['disabled', 'disabled_on_pod'],
    ['on', 'inject'],
    ['absent', 'inject'],
  ] as const)('with the pod %s decides: %s', (ofPod, decision) => {
    expect(inWords(decide(podOf(wish(ofPod)), null, contextOf({ origin: 'cli' })))).toBe(decision);
  });
});

describe('a wish', () => {
  it('of ingress is on, for pod and namespace', () => {
    const ingress = { 'linkerd.io/inject': 'ingress' };
    expect(decide(podOf(ingress), namespace('absent'), contextOf()).kind).toBe('inject');
    expect(decide(podOf(), { name: 'shop', labels: ingress, annotations: {} }, contextOf()).kind).toBe(
      'inject',
    );
  });

  it.each([
    ['enabld', '"enabld" is not one of enabled, disabled, ingress; did you mean enabled?'],
    ['Enabled', '"Enabled" is not one of enabled, disabled, ingress; did you mean enabled?'],
    ['true', '"true" is not one of enabled, disabled, ingress'],
    ['', '"" is not one of enabled, disabled, ingress'],
    ['a\nb', String.raw`"a\nb" is not one of enabled, disabled, ingress`],
  ])('of %j is refused with the nearest word', (text, sentence) => {
    const decision = decide(podOf({ 'linkerd.io/inject': text }), namespace('on'), contextOf());
    expect(decision).toEqual({
      kind: 'reject',
      problems: [{ code: 'invalid_inject', message: `pod annotation linkerd.io/inject: ${sentence}` }],
    });
  });

  it.each([
    ['label', {}, { 'linkerd.io/inject': 'enabled' }, 'not_enabled'],
    ['any', {}, { 'linkerd.io/inject': 'enabled' }, 'inject'],
    ['any', {}, { 'linkerd.io/inject': 'disabled' }, 'disabled_on_namespace'],
    ['any', {}, { 'linkerd.io/inject': 'yes' }, 'invalid_on_namespace'],
    ['any', { 'linkerd.io/inject': 'disabled' }, { 'linkerd.io/inject': 'enabled' }, 'disabled_on_namespace'],
    ['any', { 'linkerd.io/inject': 'yes' }, { 'linkerd.io/inject': 'enabled' }, 'invalid_on_namespace'],
    ['any', { 'linkerd.io/inject': 'enabled' }, { 'linkerd.io/inject': 'disabled' }, 'inject'],
  ])(
    'of a namespace, with selectBy: %s, label %j and annotation %j, gives %s',
    (selectBy, labels, annotations, decision) => {
      const context = contextOf({ config: { injection: { selectBy } } });
      expect(inWords(decide(podOf(), { name: 'shop', labels, annotations }, context))).toBe(decision);
    },
  );

  it('of a pod is an annotation, not a label', () => {
    const pod: Pod = { metadata: { labels: { 'linkerd.io/inject': 'enabled' } }, spec: {} };
    expect(inWords(decide(pod, namespace('absent'), contextOf()))).toBe('not_enabled');
  });

  it('is read in the domain of the installation', () => {
    const context = contextOf({ config: { annotationDomain: 'mesh.example.org' } });
    expect(inWords(decide(podOf({ 'mesh.example.org/inject': 'enabled' }), namespace('on'), context))).toBe(
      'inject',
    );
    expect(inWords(decide(podOf({ 'linkerd.io/inject': 'enabled' }), namespace('on'), context))).toBe(
      'not_enabled',
    );
  });
});

const affinity = (...terms: readonly (readonly object[])[]): PodSpec =>
  ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
        },
      },
    },
  }) as PodSpec;

const os = (operator: string, ...values: string[]): object => ({ key: 'kubernetes.io/os', operator, values });

const withContainer = (name: string): PodSpec => ({ containers: [{ name: 'app' }, { name }] });
const withInitContainer = (name: string): PodSpec => ({
  initContainers: [{ name }],
  containers: [{ name: 'app' }],
});

describe('a pod that asks for injection is left alone', () => {
  it.each([
    ["on the host's network", { hostNetwork: true }, 'host_network'],
    ['on Windows by its os', { os: { name: 'windows' } }, 'windows_node'],
    ['on Windows by its node selector', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, 'windows_node'],
    ['on Windows by its node affinity', affinity([os('In', 'windows')]), 'windows_node'],
    [
      'on Windows by one of several expressions',
      affinity([{ key: 'zone', operator: 'Exists' }, os('In', 'windows')]),
      'windows_node',
    ],
    ["beside Linkerd's proxy", withContainer('linkerd-proxy'), 'foreign_sidecar'],
    ["beside Linkerd's native proxy", withInitContainer('linkerd-proxy'), 'foreign_sidecar'],
    ["beside Linkerd's init container", withInitContainer('linkerd-init'), 'foreign_sidecar'],
    ["beside Istio's proxy", withContainer('istio-proxy'), 'foreign_sidecar'],
    ["beside Istio's init container", withInitContainer('istio-init'), 'foreign_sidecar'],
    ["beside Consul's proxy", withContainer('consul-dataplane'), 'foreign_sidecar'],
    ["beside Kuma's proxy", withContainer('kuma-sidecar'), 'foreign_sidecar'],
    ["beside Kuma's init container", withInitContainer('kuma-init'), 'foreign_sidecar'],
    ['beside an envoy sidecar', withContainer('envoy-sidecar'), 'foreign_sidecar'],
    ['with our proxy and no manifest', withContainer('outrigger-proxy'), 'foreign_sidecar'],
    ['with our init container and no manifest', withInitContainer('outrigger-init'), 'foreign_sidecar'],
  ] as [string, PodSpec, Reason][])('%s', (_, spec, reason) => {
    expect(inWords(decide(podOf({}, spec), namespace('on'), contextOf()))).toBe(reason);
  });

  it('where it is the mirror of a static pod', () => {
    const pod = podOf({ 'kubernetes.io/config.mirror': '' });
    expect(inWords(decide(pod, namespace('on'), contextOf()))).toBe('mirror_pod');
  });

  it.each([
    ['in its own namespace', 'shop', 'outrigger', 'own_component'],
    ['but not in another namespace', 'outrigger', 'outrigger', 'inject'],
    ['but not another program in its namespace', 'shop', 'web', 'inject'],
    ['but not where the webhook does not know its namespace', undefined, 'outrigger', 'inject'],
  ])('where it is part of Outrigger, %s', (_, ownNamespace, name, decision) => {
    const pod: Pod = { metadata: { labels: { 'app.kubernetes.io/name': name } }, spec: {} };
    const context = contextOf(ownNamespace === undefined ? {} : { ownNamespace });
    expect(inWords(decide(pod, namespace('on'), context))).toBe(decision);
  });

  it('with all the reasons that hold, in the order of the table', () => {
    const pod: Pod = {
      metadata: {
        labels: { 'app.kubernetes.io/name': 'outrigger' },
        annotations: { 'kubernetes.io/config.mirror': 'x' },
      },
      spec: { ...withContainer('istio-proxy'), hostNetwork: true, os: { name: 'windows' } },
    };
    expect(decide(pod, namespace('on'), contextOf({ ownNamespace: 'shop' }))).toEqual({
      kind: 'skip',
      reasons: ['host_network', 'windows_node', 'foreign_sidecar', 'mirror_pod', 'own_component'],
    });
  });

  it('for its own wish first: obstacles are not asked where it asks for nothing', () => {
    expect(inWords(decide(podOf({}, { hostNetwork: true }), namespace('absent'), contextOf()))).toBe(
      'not_enabled',
    );
  });

  it('on the command line too', () => {
    expect(inWords(decide(podOf({}, { hostNetwork: true }), null, contextOf({ origin: 'cli' })))).toBe(
      'host_network',
    );
  });
});

describe('a pod is injected', () => {
  it.each([
    ['on Linux by its os', { os: { name: 'linux' } }],
    [
      'where only one of two affinity terms means Windows',
      affinity([os('In', 'windows')], [os('In', 'linux')]),
    ],
    ['where Windows is one of two systems', affinity([os('In', 'windows', 'linux')])],
    ['anywhere but on Windows', affinity([os('NotIn', 'windows')])],
    ['where the affinity has no terms', affinity()],
    ['where a term is empty', affinity([])],
    ['where hostNetwork is null', { hostNetwork: null }],
    ['beside a container whose name only begins like a proxy', withContainer('istio-proxy-exporter')],
  ] as [string, PodSpec][])('%s', (_, spec) => {
    expect(inWords(decide(podOf({}, spec), namespaceOf(), contextOf()))).toBe('inject');
  });

  it('where it has neither metadata nor spec', () => {
    expect(inWords(decide({}, namespaceOf(), contextOf()))).toBe('inject');
    expect(inWords(decide({ metadata: null, spec: null }, namespaceOf(), contextOf()))).toBe('inject');
  });
});
