import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, waitForPods } from '../cluster/objects.ts';
import { readMetric } from './metrics.ts';
import {
  addContainer,
  limitMemory,
  moveImages,
  startOtherWebhook,
  type ChangeSpec,
  type OtherWebhook,
} from './mutating-webhook.ts';
import {
  bootstrapOf,
  containerOf,
  createLabelledNamespace,
  createPod,
  getPod,
  injected,
  ours,
  podManifest,
  setting,
  skippedIn,
  workload,
  type Container,
  type Pod,
} from './pods.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startRig();
  ({ cp } = rig);
});
afterAll(() => rig?.stop());

const others: OtherWebhook[] = [];

async function startOther(namespace: string, change: ChangeSpec): Promise<void> {
  others.push(await startOtherWebhook(cp, namespace, change));
}
afterEach(async () => {
  for (const other of others.splice(0)) await other.close();
});

const images = ({ spec }: Pod): string[] =>
  [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image);

function expectMirrored(pod: Pod): void {
  expect(ours(pod)).toEqual(injected);
  expect(images(pod)).toHaveLength(3);
  for (const image of images(pod)) expect(image).toMatch(/^mirror\.test\//);
  expect(containerOf(pod, 'outrigger-init').image).toContain('proxy-init:');
}

const moveAndLimit: ChangeSpec = (spec) => limitMemory('512Mi')(moveImages('mirror.test')(spec));

const answered = async (outcome: string): Promise<number> =>
  readMetric(await rig.program.metrics(), 'outrigger_admission_requests_total', {
    path: '/mutate/labelled',
    outcome,
    dry_run: 'false',
  });

const agent: Container = { name: 'agent', image: 'registry.invalid/agent:1' };

describe('a later webhook that adds a container', () => {
  it('has us called again, to no effect: both changes stay as they are', async () => {
    await createLabelledNamespace(cp, 'agents');
    await startOther('agents', addContainer(agent));
    const before = { injected: await answered('injected'), unchanged: await answered('unchanged') };
    await applyManifests(cp, [workload('Deployment', 'agents', 'web')]);
    const [pod] = await waitForPods<Pod>(cp, 'agents', { selector: 'app=web' });
    expect(ours(pod!)).toEqual(injected);
    expect(pod!.spec.containers.map(({ name }) => name)).toEqual(['web', 'agent']);
    expect(await answered('injected')).toBe(before.injected + 1);
    expect(await answered('unchanged')).toBe(before.unchanged + 1);
  });

  it('changes what we plan where it matters: a port that only its container has', async () => {
    await createLabelledNamespace(cp, 'named', { [setting('skip-inbound-ports')]: 'mysql' });
    const alone = await createPod(cp, podManifest('named', 'alone'));
    expect(skippedIn(alone)).toBe('4140,4143,4190,4191');
    const withPort = { ...agent, ports: [{ name: 'mysql', containerPort: 4406 }] };
    await startOther('named', addContainer(withPort));
    const pod = await createPod(cp, podManifest('named', 'with-agent'));
    expect(ours(pod)).toEqual(injected);
    expect(skippedIn(pod)).toBe('4140,4143,4190,4191,4406');
  });
});

describe('a later webhook that rewrites the registries of images', () => {
  it('has its images stay, ours among them', async () => {
    await createLabelledNamespace(cp, 'mirrored');
    await startOther('mirrored', moveImages('mirror.test'));
    expectMirrored(await createPod(cp, podManifest('mirrored', 'web')));
  });

  it('has them stay also where the proxy has to be written anew', async () => {
    await createLabelledNamespace(cp, 'mirrored-limited');
    await startOther('mirrored-limited', moveAndLimit);
    const pod = await createPod(cp, podManifest('mirrored-limited', 'web'));
    expect(bootstrapOf(pod)).toMatch(/max_active_downstream_connections"?: ?7864\b/);
    expectMirrored(pod);
  });
});

describe('a later webhook that limits the memory of every container', () => {
  it('has that become the connection limit of our proxy', async () => {
    await createLabelledNamespace(cp, 'limited');
    await startOther('limited', limitMemory('512Mi'));
    const pod = await createPod(cp, podManifest('limited', 'web'));
    expect(ours(pod)).toEqual(injected);
    expect(containerOf(pod, 'outrigger-proxy').resources?.limits).toEqual({ memory: '512Mi' });
    expect(bootstrapOf(pod)).toMatch(/max_active_downstream_connections"?: ?7864\b/);
  });
});

describe('our webhook alone', () => {
  it('is called once for a pod: built-in admission finds nothing to add to our containers', async () => {
    await createLabelledNamespace(cp, 'lonely');
    const before = { injected: await answered('injected'), unchanged: await answered('unchanged') };
    expect(ours(await createPod(cp, podManifest('lonely', 'web')))).toEqual(injected);
    expect(await answered('injected')).toBe(before.injected + 1);
    expect(await answered('unchanged')).toBe(before.unchanged);
  });
});

describe('kubectl debug --copy-to', () => {
  it.each([
    ['without annotations', 'false'],
    ['with annotations', 'true'],
  ])('makes a copy %s that has our containers once', async (_, keep) => {
    const namespace = `debug-${keep}`;
    await createLabelledNamespace(cp, namespace);
    const original = await createPod(cp, podManifest(namespace, 'web'));
    const args = ['debug', 'web', `--namespace=${namespace}`, '--copy-to=copy', `--keep-annotations=${keep}`];
    await cp.kubectlOk([...args, '--image=registry.invalid/tools:1', '--container=tools', '--attach=false']);
    const copy = await getPod(cp, namespace, 'copy');
    expect(copy.spec.containers.map(({ name }) => name)).toEqual(['web', 'tools']);
    expect(ours(copy)).toEqual(injected);
    expect(containerOf(copy, 'outrigger-proxy').args).toEqual(containerOf(original, 'outrigger-proxy').args);
    const volumes = (copy.spec.volumes ?? []).map(({ name }) => name);
    expect(new Set(volumes).size).toBe(volumes.length);
  });
});
