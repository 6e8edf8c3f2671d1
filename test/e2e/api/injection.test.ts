import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import {
  applyManifests,
  createDryRun,
  createNamespace,
  createNode,
  listObjects,
  waitForPods,
} from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import {
  createLabelledNamespace,
  createPod,
  disabled,
  enabled,
  getPod,
  inject,
  injected,
  listEvents,
  ours,
  podManifest,
  setting,
  skippedIn,
  skippedOut,
  untouched,
  waitForEvent,
  workload,
  workloadKinds,
  type Pod,
} from './pods.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startRig();
  ({ cp } = rig);
  await createNode(cp, 'node-1'); // for DaemonSets
});
afterAll(() => rig?.stop());

/** A CronJob whose last run was minutes ago runs now. */
async function makeDue(namespace: string, name: string): Promise<void> {
  const lastScheduleTime = new Date(Date.now() - 300_000).toISOString();
  const args = ['patch', 'cronjob', name, '--namespace', namespace, '--subresource=status', '--type=merge'];
  await cp.kubectlOk([...args, '--patch', JSON.stringify({ status: { lastScheduleTime } })]);
}

describe('the pods of every kind of workload', () => {
  beforeAll(async () => {
    await createLabelledNamespace(cp, 'on');
    await createNamespace(cp, 'off');
    const everyMinute = { workload: { schedule: '* * * * *' } };
    for (const namespace of ['on', 'off']) {
      await applyManifests(
        cp,
        workloadKinds.map((kind) =>
          workload(kind, namespace, kind.toLowerCase(), kind === 'CronJob' ? everyMinute : {}),
        ),
      );
      await makeDue(namespace, 'cronjob');
    }
  });

  it.each(workloadKinds)('are injected in a labelled namespace: %s', async (kind) => {
    const [pod] = await waitForPods<Pod>(cp, 'on', { selector: `app=${kind.toLowerCase()}` });
    expect(ours(pod!)).toEqual(injected);
    expect(pod!.spec.containers.map(({ name }) => name)).toEqual(['web']);
    expect(pod!.metadata.annotations).toMatchObject({
      'linkerd.io/created-by': expect.stringMatching(/^outrigger\/webhook \d/),
    });
  });

  it.each(workloadKinds)('are left alone in a namespace without the label: %s', async (kind) => {
    const [pod] = await waitForPods<Pod>(cp, 'off', { selector: `app=${kind.toLowerCase()}` });
    expect(ours(pod!)).toEqual(untouched);
    expect(pod!.metadata.annotations ?? {}).not.toHaveProperty('linkerd.io/created-by');
  });

  it('are injected from the next pod on when the label comes, and no longer when it goes', async () => {
    await createNamespace(cp, 'changing');
    expect(ours(await createPod(cp, podManifest('changing', 'before')))).toEqual(untouched);
    await cp.kubectlOk(['label', 'namespace', 'changing', `${inject}=enabled`]);
    expect(ours(await createPod(cp, podManifest('changing', 'during')))).toEqual(injected);
    await cp.kubectlOk(['label', 'namespace', 'changing', `${inject}-`]);
    expect(ours(await createPod(cp, podManifest('changing', 'after')))).toEqual(untouched);
  });
});

describe('a pod that is applied at once', () => {
  it('after kubectl label, is injected, 10 times of 10', async () => {
    for (let round = 0; round < 10; round++) {
      const namespace = `labelled-${round}`;
      await createNamespace(cp, namespace);
      await cp.kubectlOk(['label', 'namespace', namespace, `${inject}=enabled`]);
      await applyManifests(cp, [podManifest(namespace, 'web')]);
      expect(ours(await getPod(cp, namespace, 'web')), namespace).toEqual(injected);
    }
  });

  it('together with its labelled namespace, is injected, 20 times of 20', async () => {
    for (let round = 0; round < 20; round++) {
      const namespace = `fresh-${round}`;
      await applyManifests(cp, [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: enabled } },
        // Of its own, because the controller makes the default one a moment later.
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace } },
        podManifest(namespace, 'web', { spec: { serviceAccountName: 'web' } }),
      ]);
      expect(ours(await getPod(cp, namespace, 'web')), namespace).toEqual(injected);
    }
  });
});

describe('annotations', () => {
  it('of a namespace change the lists of its next pods', async () => {
    await createLabelledNamespace(cp, 'annotated');
    expect(skippedOut(await createPod(cp, podManifest('annotated', 'before')))).toBe('4567,4568');
    await cp.kubectlOk(['annotate', 'namespace', 'annotated', `${setting('skip-outbound-ports')}=4406`]);
    await cp.kubectlOk(['annotate', 'namespace', 'annotated', `${setting('skip-inbound-ports')}=default,35`]);
    await pollUntil(
      async () => skippedIn(await createDryRun<Pod>(cp, podManifest('annotated', 'dry')))?.startsWith('35,'),
      { timeoutMs: 20_000, what: 'the annotations to count' },
    );
    await applyManifests(cp, [workload('Deployment', 'annotated', 'web')]);
    const [pod] = await waitForPods<Pod>(cp, 'annotated', { selector: 'app=web' });
    expect(skippedOut(pod!)).toBe('4406');
    expect(skippedIn(pod!)).toBe('35,3306,4140,4143,4190,4191,4567,4568,5432,33060');
  });

  it('of a template win over those of its namespace', async () => {
    await createLabelledNamespace(cp, 'templated', { [setting('skip-outbound-ports')]: '25' });
    const annotations = {
      [setting('skip-outbound-ports')]: 'default,4406',
      [setting('skip-inbound-ports')]: '35',
    };
    await applyManifests(cp, [workload('StatefulSet', 'templated', 'web', { annotations })]);
    const [pod] = await waitForPods<Pod>(cp, 'templated');
    expect(skippedOut(pod!)).toBe('25,4406');
    expect(skippedIn(pod!)).toBe('35,4140,4143,4190,4191');
  });

  it('take a pod out of a labelled namespace, and into one without the label', async () => {
    await createLabelledNamespace(cp, 'mostly-on');
    await createNamespace(cp, 'mostly-off');
    await applyManifests(cp, [
      workload('Deployment', 'mostly-on', 'out', { annotations: disabled }),
      workload('Deployment', 'mostly-off', 'in', { annotations: enabled }),
    ]);
    const [out] = await waitForPods<Pod>(cp, 'mostly-on');
    const [into] = await waitForPods<Pod>(cp, 'mostly-off');
    expect(ours(out!)).toEqual(untouched);
    expect(ours(into!)).toEqual(injected);
  });
});

describe('a workload on the network of its host', () => {
  it.each([
    ['Deployment', 'ReplicaSet'],
    ['DaemonSet', 'DaemonSet'],
  ] as const)('is left alone, and an event on its %s says so', async (kind, owner) => {
    const namespace = `host-${kind.toLowerCase()}`;
    await createLabelledNamespace(cp, namespace);
    await applyManifests(cp, [workload(kind, namespace, 'agent', { spec: { hostNetwork: true } })]);
    const [pod] = await waitForPods<Pod>(cp, namespace);
    expect(ours(pod!)).toEqual(untouched);
    const event = await waitForEvent(cp, namespace, owner, 'InjectionSkipped');
    expect(event).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining("the pod uses the host's network"),
      source: { component: 'outrigger' },
    });
  });
});

describe('a workload with a value that cannot be read', () => {
  it('gets no pod, and its ReplicaSet says why in our words', async () => {
    await createLabelledNamespace(cp, 'bad-value');
    const annotations = { [setting('skip-outbound-ports')]: '4406x' };
    await applyManifests(cp, [workload('Deployment', 'bad-value', 'web', { annotations })]);
    const { message } = await waitForEvent(cp, 'bad-value', 'ReplicaSet', 'FailedCreate');
    expect(message).toContain(
      'admission webhook "labelled.outrigger.test" denied the request: pod annotation',
    );
    expect(message).toMatch(/config\.linkerd\.io\/skip-outbound-ports: "4406x" is not a port/);
    expect(await listObjects(cp, '/api/v1/namespaces/bad-value/pods')).toEqual([]);
  });
});

describe('an injected workload', () => {
  it('gets an event that says so', async () => {
    await createLabelledNamespace(cp, 'eventful');
    await applyManifests(cp, [workload('Deployment', 'eventful', 'web')]);
    const event = await waitForEvent(cp, 'eventful', 'ReplicaSet', 'Injected');
    expect(event).toMatchObject({ type: 'Normal', message: 'proxy and init container added' });
  });

  it('gets none for a dry run', async () => {
    await createLabelledNamespace(cp, 'dry');
    const owned = async (name: string) => {
      await applyManifests(cp, [
        { ...workload('Deployment', 'dry', name, { workload: { replicas: 0 } }), kind: 'ReplicaSet' },
      ]);
      const path = `/apis/apps/v1/namespaces/dry/replicasets/${name}`;
      const { metadata } = JSON.parse((await cp.get(path)).body) as { metadata: { uid: string } };
      const manifest = podManifest('dry', name, { spec: { hostNetwork: true } });
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: metadata.uid, controller: true };
      return { ...manifest, metadata: { ...manifest.metadata, ownerReferences: [owner] } };
    };
    expect(ours(await createDryRun<Pod>(cp, await owned('tried')))).toEqual(untouched);
    // Events are written in the order in which they arise: the first one's would be there before this one's.
    await cp.kubectlOk(['create', '-f', '-'], { stdin: JSON.stringify(await owned('made')) });
    await waitForEvent(cp, 'dry', 'ReplicaSet', 'InjectionSkipped');
    const skipped = (await listEvents(cp, 'dry')).filter(({ reason }) => reason === 'InjectionSkipped');
    expect(skipped.map(({ involvedObject }) => involvedObject.name)).toEqual(['made']);
  });
});
