import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../src/kubernetes.types.ts';
import { inject } from '../../src/inject/inject.ts';
import { contextOf, namespaceOf, overTheWire, patched, podOf, settings } from '../inject/fixtures.ts';
import { operationsIn, podReview, responseIn, uid } from './reviews.ts';
import { post, startWebhook } from './webhook-server.ts';

const off = { ...namespaceOf(), labels: {} };
const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-5d9f8c7b64',
  uid: '0f4d3e7a-1111-4222-8333-123456789abc',
};
const owned = (pod: Pod): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, ownerReferences: [{ ...owner, controller: true }] },
});

describe('the answer to a review of a pod', () => {
  it('injected: the patch makes of the pod what the engine makes of it', async () => {
    const webhook = await startWebhook();
    const answer = await post(webhook, '/mutate', podReview());
    expect(answer.headers['content-type']).toMatch(/^application\/json/u);
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.text));
    const { patch: _, ...response } = responseIn(answer);
    expect(response).toEqual({ uid, allowed: true, patchType: 'JSONPatch' });
    expect(JSON.parse(answer.text)).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
    });
    const changed = jsonPatch.applyPatch(
      overTheWire(podOf()),
      operationsIn(responseIn(answer)),
      true,
    ).newDocument;
    expect(changed).toEqual(patched(podOf(), inject(podOf(), namespaceOf(), contextOf())));
    expect(webhook.lines[0]).toMatchObject({ outcome: 'injected', why: [], uid, namespace: 'shop' });
  });

  it('injected with warnings: they are lines of at most 256 characters', async () => {
    const webhook = await startWebhook({
      cached: [namespaceOf({}, { 'pod-security.kubernetes.io/enforce': 'baseline' })],
    });
    const long = `config.linkerd.io/${'ünknown-'.repeat(60)}`;
    const { warnings = [], patchType } = responseIn(
      await post(webhook, '/mutate', podReview(podOf({ [long]: '1' }))),
    );
    expect(patchType).toBe('JSONPatch');
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^pod annotation config\.linkerd\.io\/ünknown-.*… is unknown$/u);
    expect(warnings[0]!.length).toBeLessThan(256);
    expect(warnings[1]).toContain('enforces pod security "baseline"');
  });

  it('unchanged: a pod that comes back as it was injected', async () => {
    const webhook = await startWebhook();
    const again = patched(podOf(), inject(podOf(), namespaceOf(), contextOf()));
    expect(responseIn(await post(webhook, '/mutate', podReview(again)))).toEqual({ uid, allowed: true });
    expect(webhook.lines[0]).toMatchObject({ outcome: 'unchanged', why: [] });
  });

  it('skipped: every reason as audit annotation, in log and answer alike', async () => {
    const webhook = await startWebhook();
    const pod = podOf({}, { hostNetwork: true, os: { name: 'windows' } });
    expect(responseIn(await post(webhook, '/mutate', podReview(pod)))).toEqual({
      uid,
      allowed: true,
      auditAnnotations: { skipped: 'host_network,windows_node' },
    });
    expect(webhook.lines[0]).toMatchObject({ outcome: 'skipped', why: ['host_network', 'windows_node'] });
  });

  it('rejected: 400 Invalid, with a line for each problem', async () => {
    const webhook = await startWebhook();
    const pod = podOf(settings({ 'skip-outbound-ports': '4406x', 'proxy-await': 'maybe' }));
    const { status, ...response } = responseIn(await post(webhook, '/mutate', podReview(pod)));
    expect(response).toEqual({ uid, allowed: false });
    expect(status).toMatchObject({ code: 400, reason: 'Invalid' });
    expect(status?.message.split('\n')).toEqual([
      expect.stringContaining('config.linkerd.io/skip-outbound-ports: "4406x" is not a port'),
      expect.stringContaining('config.linkerd.io/proxy-await: "maybe" is not one of'),
    ]);
    expect(webhook.lines[0]).toMatchObject({
      outcome: 'rejected',
      why: ['invalid_setting'],
    });
  });

  it.each([
    ['UPDATE', { operation: 'UPDATE' }],
    ['DELETE, whose object is null', { operation: 'DELETE', object: null, oldObject: podOf() }],
    ['CONNECT', { operation: 'CONNECT', subResource: 'exec' }],
    ['a subresource', { subResource: 'ephemeralcontainers' }],
    ['another resource', { resource: { group: 'apps', version: 'v1', resource: 'deployments' } }],
  ])('%s is allowed untouched', async (_, request) => {
    const webhook = await startWebhook();
    expect(responseIn(await post(webhook, '/mutate', podReview(podOf(), request)))).toEqual({
      uid,
      allowed: true,
      auditAnnotations: { skipped: 'not_a_creation' },
    });
    expect(webhook.events).toEqual([]);
  });

  it('a creation without an object is allowed untouched', async () => {
    const webhook = await startWebhook();
    expect(responseIn(await post(webhook, '/mutate', podReview(null)))).toEqual({ uid, allowed: true });
    expect(webhook.lines[0]?.outcome).toBe('unchanged');
  });

  it.each([
    ['no object', 'text', 'request.object is not a Pod: the pod'],
    [
      'containers without a name',
      { spec: { containers: [{}] } },
      'request.object is not a Pod: spec.containers.0',
    ],
    ['a text for a list', { spec: { containers: 'app' } }, 'request.object is not a Pod: spec.containers'],
  ])('%s in the place of a pod is a 400 that names the place', async (_, object, text) => {
    const webhook = await startWebhook();
    const answer = await post(webhook, '/mutate', podReview(object));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(text);
    expect(webhook.lines[0]?.outcome).toBe('bad_request');
  });

  it('a place whose name is as long as a body is named by its beginning', async () => {
    const webhook = await startWebhook();
    const pod = { metadata: { annotations: { ['k'.repeat(100_000)]: 1 } } };
    const answer = await post(webhook, '/mutate', podReview(pod));
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(300);
  });

  it('a pod in no namespace is a 400', async () => {
    const webhook = await startWebhook();
    expect(await post(webhook, '/mutate', podReview(podOf(), { namespace: '' }))).toMatchObject({
      status: 400,
      text: 'request.namespace is missing\n',
    });
  });
});

describe('the namespace', () => {
  it.each(['/mutate', '/mutate/labelled'])('in the cache and on: %s asks nobody', async (path) => {
    const webhook = await startWebhook();
    expect(responseIn(await post(webhook, path, podReview())).patchType).toBe('JSONPatch');
    expect(webhook.fetched).toEqual([]);
  });

  it('in the cache and not on: /mutate believes it, /mutate/labelled asks once and injects', async () => {
    const webhook = await startWebhook({ cached: [off], fetch: () => Promise.resolve(namespaceOf()) });
    expect(responseIn(await post(webhook, '/mutate', podReview())).auditAnnotations).toEqual({
      skipped: 'not_enabled',
    });
    expect(webhook.fetched).toEqual([]);
    expect(responseIn(await post(webhook, '/mutate/labelled', podReview())).patchType).toBe('JSONPatch');
    expect(webhook.fetched).toEqual(['shop']);
  });

  it('not on after all: /mutate/labelled asks once and goes by the fresh answer', async () => {
    const webhook = await startWebhook({ cached: [off] });
    expect(responseIn(await post(webhook, '/mutate/labelled', podReview())).auditAnnotations).toEqual({
      skipped: 'not_enabled',
    });
    expect(webhook.fetched).toEqual(['shop']);
  });

  it.each(['/mutate', '/mutate/labelled'])('not in the cache: %s asks once', async (path) => {
    const webhook = await startWebhook({ cached: [], fetch: () => Promise.resolve(namespaceOf()) });
    expect(responseIn(await post(webhook, path, podReview())).patchType).toBe('JSONPatch');
    expect(webhook.fetched).toEqual(['shop']);
  });

  it('that nobody knows is a 500: the live failurePolicy decides', async () => {
    const webhook = await startWebhook({ cached: [] });
    expect(await post(webhook, '/mutate', podReview())).toMatchObject({
      status: 500,
      text: 'the namespace is unknown\n',
    });
    expect(webhook.lines[0]).toMatchObject({ outcome: 'error', uid, namespace: 'shop' });
  });

  it.each([[[]], [[off]]])('that cannot be read is a 500, logged without being told (%#)', async (cached) => {
    const failure = new Error('connection refused by 10.0.0.1');
    const webhook = await startWebhook({ cached, fetch: () => Promise.reject(failure) });
    const answer = await post(webhook, '/mutate/labelled', podReview());
    expect(answer).toMatchObject({ status: 500, text: 'the namespace is unknown\n' });
    expect(webhook.errors).toEqual([{ error: failure, message: 'reading a namespace failed' }]);
  });

  it('as the annotation asks counts only where the installation looks at annotations', async () => {
    const annotated = { name: 'shop', labels: {}, annotations: { 'linkerd.io/inject': 'enabled' } };
    const context = contextOf({ config: { injection: { selectBy: 'any' } } });
    const webhook = await startWebhook({ cached: [annotated], context });
    expect(responseIn(await post(webhook, '/mutate/labelled', podReview())).patchType).toBe('JSONPatch');
    expect(webhook.fetched).toEqual([]);
  });
});

describe('an event', () => {
  it('goes to the owner, in the namespace that the cluster knows', async () => {
    const webhook = await startWebhook();
    await post(webhook, '/mutate', podReview(owned(podOf())));
    expect(webhook.events).toEqual([
      {
        namespace: 'shop',
        owner,
        reason: 'Injected',
        type: 'Normal',
        message: 'proxy and init container added',
      },
    ]);
    expect(webhook.lines[0]?.owner).toBe('ReplicaSet/web-5d9f8c7b64');
  });

  it.each([
    ['a dry run', podReview(owned(podOf()), { dryRun: true })],
    ['a pod without an owner', podReview()],
    ['a pod that nobody asked to inject', podReview(owned(podOf({ 'linkerd.io/inject': 'disabled' })))],
    [
      'an owner of a kind that makes no pods',
      podReview({
        ...podOf(),
        metadata: { ownerReferences: [{ ...owner, kind: 'ConfigMap', controller: true }] },
      }),
    ],
  ])('is not written for %s', async (_, review) => {
    const webhook = await startWebhook();
    expect(responseIn(await post(webhook, '/mutate', review)).allowed).toBe(true);
    expect(webhook.events).toEqual([]);
  });

  it.each([
    ['skip', owned(podOf({ note: 'SECRET' }, { hostNetwork: true })), 'InjectionSkipped'],
    ['reject', owned(podOf(settings({ 'proxy-await': 'SECRET' }))), 'InjectionRejected'],
  ])('says nothing of the body, neither does the log: %s', async (_, pod, reason) => {
    const webhook = await startWebhook();
    await post(webhook, '/mutate', podReview(pod));
    expect(webhook.events).toMatchObject([{ reason, type: 'Warning', owner }]);
    expect(JSON.stringify([webhook.events, webhook.lines])).not.toContain('SECRET');
  });
});

it('the line of a review holds nothing but what was agreed on', async () => {
  const webhook = await startWebhook();
  await post(webhook, '/mutate/labelled', podReview(owned(podOf()), { dryRun: true }));
  expect(webhook.lines).toEqual([
    {
      path: '/mutate/labelled',
      uid,
      namespace: 'shop',
      owner: 'ReplicaSet/web-5d9f8c7b64',
      outcome: 'injected',
      why: [],
      dryRun: true,
      ms: expect.any(Number) as number,
    },
  ]);
});
