import { describe, expect, it } from 'vitest';
import { contextOf, namespaceOf, settings } from '../inject/fixtures.ts';
import { namespaceReview, responseIn, uid, workloadReview } from './reviews.ts';
import { post, startWebhook, type WebhookOptions } from './webhook-server.ts';

async function advise(review: unknown, options: WebhookOptions = {}) {
  const webhook = await startWebhook(options);
  const answer = responseIn(await post(webhook, '/advise', review));
  expect(answer.uid).toBe(uid);
  expect(answer.patch).toBeUndefined();
  expect(webhook.events).toEqual([]);
  expect(webhook.fetched).toEqual([]);
  return { ...answer, line: webhook.lines[0] };
}

const enabled = { 'linkerd.io/inject': 'enabled' };
const env = (length: number) =>
  settings({ 'proxy-additional-env': JSON.stringify([{ name: 'A', value: 'x'.repeat(length) }]) });
const skip = (value: string) => settings({ 'skip-outbound-ports': value });

describe('a namespace', () => {
  it('with a bad value is denied with the sentence', async () => {
    const { allowed, status, line } = await advise(namespaceReview({ annotations: skip('4406x') }));
    expect(allowed).toBe(false);
    expect(status).toMatchObject({ code: 400, reason: 'Invalid' });
    expect(status?.message).toMatch(
      /^namespace annotation config\.linkerd\.io\/skip-outbound-ports: "4406x" is not a port; allowed are .*$/u,
    );
    expect(line).toMatchObject({ outcome: 'rejected', why: ['invalid_setting'] });
  });

  it('with an invalid label is denied with the nearest word, before everything else', async () => {
    const review = namespaceReview({ labels: { 'linkerd.io/inject': 'enable' }, annotations: skip('x') });
    const { allowed, status, line } = await advise(review);
    expect(allowed).toBe(false);
    expect(status?.message.split('\n')).toEqual([
      'namespace label linkerd.io/inject: "enable" is not one of enabled, disabled, ingress; did you mean enabled?',
      expect.stringContaining('skip-outbound-ports'),
    ]);
    expect(line?.why).toEqual(['invalid_inject', 'invalid_setting']);
  });

  it('with a setting that only the installation may set is denied', async () => {
    const context = contextOf({ config: { annotations: { locked: ['proxy-image'] } } });
    const review = namespaceReview({ annotations: settings({ 'proxy-image': 'x' }) });
    const { allowed, status } = await advise(review, { context });
    expect(allowed).toBe(false);
    expect(status?.message).toContain('only the installation may set this');
  });

  it.each<[string, Parameters<typeof namespaceReview>]>([
    ['that says nothing of ours', [{ labels: { team: 'shop' }, annotations: { note: 'x' } }]],
    ['that is enabled', [{ labels: enabled }]],
    ['whose value is good', [{ annotations: skip('4406,5000-5010') }]],
    [
      'whose bad value is as it was',
      [
        { annotations: skip('x'), labels: { a: '1' } },
        { annotations: skip('x'), labels: {} },
      ],
    ],
    ['whose bad value goes away', [{ annotations: {} }, { annotations: skip('x') }]],
    [
      'whose bad label is as it was',
      [{ labels: { 'linkerd.io/inject': 'x' } }, { labels: { 'linkerd.io/inject': 'x' } }],
    ],
    ['that is deleted', [{ annotations: skip('x') }, {}, { operation: 'DELETE', object: null }]],
    ['whose status is written', [{ annotations: skip('x') }, {}, { subResource: 'status' }]],
    ['without metadata', [{}, null, { object: {} }]],
    [
      'that asks by annotation where only labels count',
      [{ annotations: { 'linkerd.io/inject': 'enabled' } }],
    ],
  ])('%s is allowed without a word', async (_, review) => {
    const { allowed, warnings, line } = await advise(namespaceReview(...review));
    expect({ allowed, warnings }).toEqual({ allowed: true, warnings: undefined });
    expect(line?.outcome).toBe('advised');
  });

  it.each([
    ['is taken away', { 'skip-outbound-ports': 'x' }],
    ['is set beside it', { 'skip-outbound-ports': 'x', 'opaque-ports': 'x', 'proxy-await': 'enabled' }],
  ])('whose bad value stays may be written if another value %s', async (_, values) => {
    const old = settings({ 'skip-outbound-ports': 'x', 'opaque-ports': 'x' });
    const { allowed } = await advise(
      namespaceReview({ annotations: settings(values) }, { annotations: old }),
    );
    expect(allowed).toBe(true);
  });

  it('with a second bad value is denied for that one alone', async () => {
    const annotations = settings({ 'skip-outbound-ports': 'x', 'opaque-ports': '1x' });
    const { status } = await advise(namespaceReview({ annotations }, { annotations: skip('x') }));
    expect(status?.message.split('\n')).toEqual([
      expect.stringContaining('opaque-ports: "1x" is not a port'),
    ]);
  });

  it('with a value that would not fit into the annotations of its pods is denied with both sizes', async () => {
    const { allowed, status } = await advise(namespaceReview({ annotations: env(150_000) }));
    expect(allowed).toBe(false);
    expect(status?.message).toMatch(/annotations would take 30\d{4} bytes, .*Kubernetes takes 262144:/u);
    const smaller = await advise(namespaceReview({ annotations: env(100_000) }));
    expect(smaller.allowed).toBe(true);
  });

  it.each(['config.alpha.linkerd.io', 'config.linkerd.io'])(
    'with an unknown key below %s is warned, with the nearest',
    async (prefix) => {
      const key = `${prefix}/skip-outbound-port`;
      const { allowed, warnings } = await advise(namespaceReview({ annotations: { [key]: '1' } }));
      expect(allowed).toBe(true);
      expect(warnings).toHaveLength(1);
      expect(warnings?.[0]).toContain(`namespace annotation ${key} is unknown`);
    },
  );

  it('with a setting of pods only is warned', async () => {
    const { allowed, warnings } = await advise(
      namespaceReview({ annotations: settings({ 'close-wait-timeout': '60s' }) }),
    );
    expect(allowed).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('it is read on pods only')]);
  });

  it.each(['baseline', 'restricted'])('that is enabled and enforces %s is warned', async (level) => {
    const labels = { ...enabled, 'pod-security.kubernetes.io/enforce': level };
    const { allowed, warnings } = await advise(namespaceReview({ labels }));
    expect(allowed).toBe(true);
    expect(warnings).toEqual([expect.stringContaining(`namespace shop enforces pod security "${level}"`)]);
  });

  it.each<[string, Record<string, string>]>([
    ['privileged', { ...enabled, 'pod-security.kubernetes.io/enforce': 'privileged' }],
    [
      'restricted but disabled',
      { 'linkerd.io/inject': 'disabled', 'pod-security.kubernetes.io/enforce': 'restricted' },
    ],
  ])('that is %s is not', async (_, labels) => {
    expect((await advise(namespaceReview({ labels }))).warnings).toBeUndefined();
  });

  it('gets at most three warnings, each one line of at most 256 characters', async () => {
    const annotations = Object.fromEntries(
      [1, 2, 3, 4].map((index) => [`config.linkerd.io/no-such\n${'x'.repeat(300)}${index}`, 'y']),
    );
    const { warnings = [] } = await advise(namespaceReview({ annotations }));
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(warning).toMatch(/^[^\n]{1,256}$/u);
  });

  it('is judged by what is text in it; the rest is no concern of ours', async () => {
    const review = namespaceReview({
      labels: { ...enabled, a: 1, b: null },
      annotations: { c: [], ...skip('x') },
    });
    expect((await advise(review)).allowed).toBe(false);
  });
});

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

describe.each(kinds)('a %s', (kind) => {
  it('with a bad value is allowed, and warned with the sentence', async () => {
    const { allowed, warnings, line } = await advise(workloadReview(kind, skip('4406x')));
    expect(allowed).toBe(true);
    expect(warnings).toHaveLength(1);
    expect(warnings?.[0]).toMatch(/^pod annotation config\.linkerd\.io\/skip-outbound-ports: "4406x" is/u);
    expect(line).toMatchObject({ outcome: 'advised', namespace: 'shop' });
  });

  it('with an unknown key is warned, with the nearest', async () => {
    const { allowed, warnings } = await advise(workloadReview(kind, settings({ 'proxy-awaits': 'x' })));
    expect(allowed).toBe(true);
    expect(warnings?.[0]).toContain('config.linkerd.io/proxy-awaits is unknown');
  });

  it('with an annotation on itself instead of its template is told where it belongs', async () => {
    const { allowed, warnings } = await advise(workloadReview(kind, {}, { annotations: skip('1') }));
    expect(allowed).toBe(true);
    expect(warnings).toEqual([
      `config.linkerd.io/skip-outbound-ports does nothing here; put it in ${
        kind === 'CronJob' ? 'spec.jobTemplate.spec.template' : 'spec.template'
      }.metadata.annotations`,
    ]);
  });

  it('with the annotation in both places is not', async () => {
    const review = workloadReview(kind, skip('1'), { annotations: skip('1') });
    expect((await advise(review)).warnings).toBeUndefined();
  });

  it('gets at most three warnings of one line, for an update as for a creation', async () => {
    const bad = settings({ 'proxy-await': 'x', 'inbound-port': 'x', 'proxy-uid': 'x', 'access-log': 'x' });
    const review = workloadReview(kind, bad, {}, { operation: 'UPDATE' });
    const { allowed, warnings = [] } = await advise(review);
    expect(allowed).toBe(true);
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(warning).toMatch(/^.{20,256}$/u);
  });

  it('whose pods would not be injected is left in peace', async () => {
    const cached = [{ ...namespaceOf(), labels: {} }];
    const { allowed, warnings } = await advise(workloadReview(kind, skip('x')), { cached });
    expect({ allowed, warnings }).toEqual({ allowed: true, warnings: undefined });
  });
});

describe('a workload', () => {
  it.each<[string, ReturnType<typeof workloadReview>]>([
    [
      'of a group that is not Kubernetes’ own',
      workloadReview('Deployment', skip('x'), {}, { object: { apiVersion: 'example.org/v1', spec: {} } }),
    ],
    [
      'without a template',
      workloadReview('Deployment', {}, {}, { object: { apiVersion: 'apps/v1', spec: {} } }),
    ],
    [
      'whose template is no pod',
      workloadReview(
        'Deployment',
        {},
        {},
        { object: { apiVersion: 'apps/v1', spec: { template: { spec: 1 } } } },
      ),
    ],
    [
      'whose apiVersion cannot be made a text',
      workloadReview('Deployment', {}, {}, { object: { apiVersion: { toString: 1, valueOf: 1 } } }),
    ],
    ['that is deleted', workloadReview('Deployment', skip('x'), {}, { operation: 'DELETE' })],
    ['whose scale is set', workloadReview('Deployment', skip('x'), {}, { subResource: 'scale' })],
    ['that is a pod', workloadReview('Pod', skip('x'), {}, { object: { apiVersion: 'v1', metadata: {} } })],
  ])('%s is allowed without a word', async (_, review) => {
    const { allowed, warnings } = await advise(review);
    expect({ allowed, warnings }).toEqual({ allowed: true, warnings: undefined });
  });

  it('in a namespace that the cache does not know is judged without it', async () => {
    const review = workloadReview('Deployment', { 'linkerd.io/inject': 'enabled', ...skip('x') });
    const { allowed, warnings } = await advise(review, { cached: [] });
    expect(allowed).toBe(true);
    expect(warnings).toHaveLength(1);
  });
});
