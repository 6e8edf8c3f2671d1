import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace, waitForPods } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { readMetric } from './metrics.ts';
import {
  createLabelledNamespace,
  createPod,
  enabled,
  inject,
  injected,
  ours,
  podManifest,
  setting,
  skippedOut,
  untouched,
  waitForEvent,
  workload,
  type Pod,
} from './pods.ts';
import { createProgram, type Program } from './program.ts';
import { hasPatch, postReview } from './reviews.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;
let program: Program;

beforeAll(async () => {
  rig = await startRig();
  ({ cp, program } = rig);
  await createLabelledNamespace(cp, 'shop');
  await createNamespace(cp, 'plain');
});
afterAll(() => rig?.stop());

const cacheSize = async (): Promise<number> =>
  readMetric(await program.metrics(), 'outrigger_namespace_cache_size');

const isReady = async (): Promise<boolean> => (await program.ops('/ready')).status === 200;

describe('a webhook that is gone', () => {
  it('with failurePolicy Ignore lets pods of labelled namespaces pass, untouched', async () => {
    expect(ours(await createPod(cp, podManifest('shop', 'before')))).toEqual(injected);
    await rig.install({ failurePolicy: 'Ignore' });
    await program.stop('SIGKILL');
    expect(ours(await createPod(cp, podManifest('shop', 'ignored')))).toEqual(untouched);
    expect(ours(await createPod(cp, podManifest('plain', 'ignored')))).toEqual(untouched);
    await program.start();
    expect(ours(await createPod(cp, podManifest('shop', 'back')))).toEqual(injected);
  });

  it('with failurePolicy Fail stops pods of labelled namespaces, and no others', async () => {
    await rig.install({ failurePolicy: 'Fail' });
    await program.stop('SIGKILL');
    await expect(createPod(cp, podManifest('shop', 'refused'))).rejects.toThrow(
      /failed calling webhook "labelled\.outrigger\.test".*connection refused/,
    );
    expect(ours(await createPod(cp, podManifest('plain', 'passed')))).toEqual(untouched);
    const annotated = podManifest('plain', 'annotated', { annotations: enabled });
    expect(ours(await createPod(cp, annotated))).toEqual(untouched);
  });

  it('holds a Deployment up only until it is back', async () => {
    expect(program.isRunning()).toBe(false);
    // Workloads and namespaces themselves can be written meanwhile.
    await applyManifests(cp, [workload('Deployment', 'shop', 'web')]);
    await cp.kubectlOk(['annotate', 'namespace', 'shop', 'example.com/note=x']);
    const { message } = await waitForEvent(cp, 'shop', 'ReplicaSet', 'FailedCreate');
    expect(message).toContain('failed calling webhook "labelled.outrigger.test"');
    await program.start();
    const [pod] = await waitForPods<Pod>(cp, 'shop', { selector: 'app=web' });
    expect(ours(pod!)).toEqual(injected);
  });
});

describe('an API server that is gone for a while', () => {
  it('does not make the webhook unready, and reviews are answered from the cache', async () => {
    await cp.stopApiServer();
    // A review that reaches us all the same, as from the other API server of the cluster.
    const answer = await postReview(program.url, cp.ca.certificate, podManifest('shop', 'web'));
    expect(hasPatch(answer)).toBe(true);
    expect(await isReady()).toBe(true);
    await pollUntil(async () => (await program.log()).includes('list or watch failed'), {
      timeoutMs: 30_000,
      what: 'the webhook to notice',
    });
    expect(await isReady()).toBe(true);
  });

  it('is followed again once it is back: new namespaces and annotations count', async () => {
    const before = await cacheSize();
    await cp.startApiServer();
    expect(await isReady()).toBe(true);
    await createLabelledNamespace(cp, 'after', { [setting('skip-outbound-ports')]: '4406' });
    const pod = await createPod(cp, podManifest('after', 'web'));
    expect(ours(pod)).toEqual(injected);
    expect(skippedOut(pod)).toBe('4406');
    // An unlabelled namespace is never asked for by a review: only the watch can have brought it.
    await createNamespace(cp, 'unlabelled');
    await pollUntil(async () => (await cacheSize()) === before + 2, {
      timeoutMs: 30_000,
      what: 'the cache to follow',
    });
    expect(await isReady()).toBe(true);
  });
});

describe('a webhook that starts while the API server is gone', () => {
  it('lives, is not ready, and becomes so when the API server is there', async () => {
    await program.stop();
    await cp.stopApiServer();
    await program.launch();
    expect(await program.ops('/live')).toMatchObject({ status: 200 });
    expect(await program.ops('/ready')).toMatchObject({
      status: 503,
      body: 'the namespaces are not listed yet\n',
    });
    const early = await postReview(program.url, cp.ca.certificate, podManifest('shop', 'web'));
    expect(early.status).toBe(500); // what an outage is to the API server
    await cp.startApiServer();
    await pollUntil(isReady, { timeoutMs: 30_000, what: 'the webhook to be ready' });
    expect(program.isRunning()).toBe(true);
    const annotated = podManifest('plain', 'late', { annotations: enabled });
    expect(ours(await createPod(cp, annotated))).toEqual(injected);
  });
});

describe('a webhook whose cache is behind', () => {
  let behind: Program;

  beforeAll(async () => {
    await createNamespace(cp, 'known');
    // Without the right to watch, its first list is all that it ever learns unasked.
    behind = await createProgram(cp, { name: 'behind', namespaceVerbs: ['get', 'list'] });
    await behind.start();
    await rig.install({ url: behind.url });
  });
  afterAll(() => behind?.stop());

  it('asks for a namespace whose label it does not know yet, and injects', async () => {
    await cp.kubectlOk(['label', 'namespace', 'known', `${inject}=enabled`]);
    expect(ours(await createPod(cp, podManifest('known', 'web')))).toEqual(injected);
  });

  it('asks for a namespace that it has never heard of, and injects', async () => {
    await createLabelledNamespace(cp, 'unheard', { [setting('skip-outbound-ports')]: '4406' });
    const pod = await createPod(cp, podManifest('unheard', 'web'));
    expect(ours(pod)).toEqual(injected);
    expect(skippedOut(pod)).toBe('4406');
    await createNamespace(cp, 'unheard-of');
    const annotated = podManifest('unheard-of', 'web', { annotations: enabled });
    expect(ours(await createPod(cp, annotated))).toEqual(injected);
  });

  it('and may not ask does what an outage does', async () => {
    const rule = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }];
    const patch = JSON.stringify({ rules: rule });
    await cp.kubectlOk(['patch', 'clusterrole', 'behind', '--type=merge', '--patch', patch]);
    const get = ['auth', 'can-i', 'get', 'namespaces', '--as=system:serviceaccount:behind:behind'];
    await pollUntil(async () => (await cp.kubectl(get)).stdout.trim() === 'no', {
      timeoutMs: 20_000,
      what: 'the role to count',
    });
    await createLabelledNamespace(cp, 'secret');
    await expect(createPod(cp, podManifest('secret', 'web'))).rejects.toThrow(
      /failed calling webhook "labelled\.outrigger\.test".*the namespace is unknown/,
    );
    await pollUntil(async () => (await behind.log()).includes('cannot get resource'), {
      timeoutMs: 10_000,
      what: 'the reason in the log',
    });
  });
});
