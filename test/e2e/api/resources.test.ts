import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, waitForPods } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { createLimitRange } from './limit-range.ts';
import {
  bootstrapOf,
  containerOf,
  createLabelledNamespace,
  createPod,
  injected,
  ours,
  podManifest,
  setting,
  web,
  workload,
  type Pod,
  type Resources,
} from './pods.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startRig();
  ({ cp } = rig);
});
afterAll(() => rig?.stop());

const withResources = (resources: Resources) => ({ spec: { containers: [{ ...web, resources }] } });

/** The number of connections at which the proxy stops to take more; undefined where it has no limit. */
function connectionLimitOf(pod: Pod): number | undefined {
  const found = /"?max_active_downstream_connections"?: ?(\d+)/.exec(bootstrapOf(pod));
  return found ? Number(found[1]) : undefined;
}

describe('a proxy without a memory limit', () => {
  it('takes any number of connections', async () => {
    await createLabelledNamespace(cp, 'unlimited');
    const pod = await createPod(cp, podManifest('unlimited', 'web'));
    expect(ours(pod)).toEqual(injected);
    expect(containerOf(pod, 'outrigger-proxy').resources).toEqual({
      requests: { cpu: '20m', memory: '40Mi' },
    });
    expect(connectionLimitOf(pod)).toBeUndefined();
  });
});

describe('a LimitRange', () => {
  it('that gives the own containers limits makes ours have some too, and the pod stays Guaranteed', async () => {
    await createLabelledNamespace(cp, 'defaulted');
    await createLimitRange(cp, 'defaulted', { default: { cpu: '200m', memory: '512Mi' } });
    const pod = await createPod(cp, podManifest('defaulted', 'web'));
    expect(ours(pod)).toEqual(injected);
    expect(pod.status.qosClass).toBe('Guaranteed');
    expect(containerOf(pod, 'outrigger-proxy').resources).toEqual({
      limits: { cpu: '200m', memory: '256Mi' },
      requests: { cpu: '200m', memory: '256Mi' },
    });
    expect(connectionLimitOf(pod)).toBe(Math.floor((128 * 1024) / 50));
  });

  it('gives way to the limits of settings', async () => {
    const annotations = {
      [setting('proxy-memory-limit')]: '192Mi',
      [setting('proxy-cpu-limit')]: '300m',
    };
    const pod = await createPod(cp, podManifest('defaulted', 'own-limit', { annotations }));
    expect(ours(pod)).toEqual(injected);
    expect(containerOf(pod, 'outrigger-proxy').resources?.limits).toEqual({ cpu: '300m', memory: '192Mi' });
    expect(connectionLimitOf(pod)).toBe(Math.floor((64 * 1024) / 50));
  });

  it('that sets a memory limit on the proxy itself has that become the connection limit', async () => {
    // Resources of the pod as a whole are shared, so we ask for none, and admission fills in after us.
    const spec = { resources: { limits: { cpu: '2', memory: '2Gi' } } };
    const pod = await createPod(cp, podManifest('defaulted', 'whole', { spec }));
    expect(ours(pod)).toEqual(injected);
    expect(containerOf(pod, 'outrigger-proxy').resources?.limits).toEqual({ cpu: '200m', memory: '512Mi' });
    expect(connectionLimitOf(pod)).toBe(Math.floor((384 * 1024) / 50));
  });

  it('with a maximum above our limits admits the pod', async () => {
    await createLabelledNamespace(cp, 'capped');
    await createLimitRange(cp, 'capped', { max: { cpu: '1', memory: '256Mi' } });
    await applyManifests(cp, [workload('Deployment', 'capped', 'web')]);
    const [pod] = await waitForPods<Pod>(cp, 'capped');
    expect(ours(pod!)).toEqual(injected);
    expect(connectionLimitOf(pod!)).toBe(Math.floor((128 * 1024) / 50));
  });

  it('with a maximum below them admits the pod, limited to what its own containers are', async () => {
    await createLabelledNamespace(cp, 'tight');
    await createLimitRange(cp, 'tight', { max: { cpu: '400m', memory: '128Mi' } });
    const pod = await createPod(cp, podManifest('tight', 'web'));
    expect(ours(pod)).toEqual(injected);
    expect(containerOf(pod, 'outrigger-proxy').resources?.limits).toEqual({ cpu: '400m', memory: '128Mi' });
    expect(connectionLimitOf(pod)).toBe(100);
  });

  it('with a maximum that the proxy does not run in refuses the pod, and says so', async () => {
    await createLabelledNamespace(cp, 'cramped');
    await createLimitRange(cp, 'cramped', { max: { memory: '48Mi' } });
    await expect(createPod(cp, podManifest('cramped', 'web'))).rejects.toThrow(/too small to run in/);
  });
});

describe('a ResourceQuota', () => {
  beforeAll(async () => {
    await createLabelledNamespace(cp, 'quota');
    const hard = {
      'limits.cpu': '10',
      'limits.memory': '10Gi',
      'requests.cpu': '5',
      'requests.memory': '5Gi',
    };
    const metadata = { name: 'quota', namespace: 'quota' };
    await applyManifests(cp, [{ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } }]);
    await pollUntil(
      async () => {
        const { body } = await cp.get('/api/v1/namespaces/quota/resourcequotas/quota');
        return (JSON.parse(body) as { status?: { used?: object } }).status?.used;
      },
      { timeoutMs: 20_000, what: 'the quota to be counted' },
    );
  });

  const requests = { cpu: '100m', memory: '64Mi' };

  it('on limits admits an injected pod whose own containers have them', async () => {
    const limits = { cpu: '200m', memory: '128Mi' };
    const parts = withResources({ requests, limits });
    await applyManifests(cp, [workload('Deployment', 'quota', 'web', parts)]);
    const [pod] = await waitForPods<Pod>(cp, 'quota', { selector: 'app=web' });
    expect(ours(pod!)).toEqual(injected);
    for (const name of ['outrigger-init', 'outrigger-proxy'])
      expect(Object.keys(containerOf(pod!, name).resources?.limits ?? {})).toEqual(['cpu', 'memory']);
  });

  it('refuses a pod without limits for its own sake', async () => {
    await expect(createPod(cp, podManifest('quota', 'bare', withResources({ requests })))).rejects.toThrow(
      /failed quota: quota: must specify limits\.cpu for: .*web/,
    );
  });
});

describe('the quality of service', () => {
  beforeAll(() => createLabelledNamespace(cp, 'qos'));
  const amounts = { cpu: '500m', memory: '256Mi' };

  it('of a Guaranteed pod stays Guaranteed', async () => {
    const parts = withResources({ requests: amounts, limits: amounts });
    const pod = await createPod(cp, podManifest('qos', 'guaranteed', parts));
    expect(ours(pod)).toEqual(injected);
    expect(pod.status.qosClass).toBe('Guaranteed');
  });

  it('of a pod with limits alone, which are its requests too, stays Guaranteed', async () => {
    const pod = await createPod(cp, podManifest('qos', 'limits', withResources({ limits: amounts })));
    expect(ours(pod)).toEqual(injected);
    expect(pod.status.qosClass).toBe('Guaranteed');
  });

  it('of a Burstable pod stays Burstable', async () => {
    const pod = await createPod(cp, podManifest('qos', 'burstable', withResources({ requests: amounts })));
    expect(ours(pod)).toEqual(injected);
    expect(pod.status.qosClass).toBe('Burstable');
  });

  it('of a pod that is Guaranteed as a whole stays so, and our containers share what it has', async () => {
    const spec = { resources: { requests: amounts, limits: amounts } };
    const pod = await createPod(cp, podManifest('qos', 'whole', { spec }));
    expect(ours(pod)).toEqual(injected);
    expect(pod.status.qosClass).toBe('Guaranteed');
    expect(containerOf(pod, 'outrigger-init').resources).toEqual({});
    expect(containerOf(pod, 'outrigger-proxy').resources).toEqual({});
  });
});
