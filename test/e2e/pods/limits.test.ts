import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionLimit } from '../../../src/proxy/envoy/limits.ts';
import { createLabelledNamespace, disabled, podManifest, setting, type PodParts } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace } from '../cluster/objects.ts';
import { appContainer, clientContainer, deployment, greeterPort, httpPort, webContainer } from './apps.ts';
import { readMetrics, sum } from './metrics.ts';
import { execIn, statusOf, waitForReadyPod, type RunningPod } from './pods.ts';
import { startPodsRig, type PodsRig } from './rig.ts';

let rig: PodsRig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startPodsRig();
  cp = rig.cp;
});

afterAll(() => rig?.stop());

/** Creates a pod that must be refused, and returns the API server's words. */
async function refusalOf(namespace: string, parts: PodParts): Promise<string> {
  const stdin = JSON.stringify(podManifest(namespace, 'refused', parts));
  const { code, stderr } = await cp.kubectl(['create', '-f', '-'], { stdin });
  expect(code).not.toBe(0);
  return stderr;
}

describe.concurrent('a proxy with a memory limit', () => {
  const namespace = 'crowded';
  const limitMi = 192;
  const allowed = connectionLimit(limitMi * 2 ** 20);
  const tried = 5000;
  let web: RunningPod;
  let client: RunningPod;

  beforeAll(async () => {
    const ports = setting('opaque-ports');
    await createLabelledNamespace(cp, namespace, {
      [ports]: `default,${greeterPort}`,
      [setting('proxy-memory-limit')]: `${limitMi}Mi`,
    });
    await createNamespace(cp, 'plain');
    await applyManifests(cp, [
      deployment(namespace, 'web'),
      deployment('plain', 'client', { spec: { containers: [clientContainer] } }),
    ]);
    web = await waitForReadyPod(cp, namespace, 'web');
    client = await waitForReadyPod(cp, 'plain', 'client');
  });

  it('holds as many connections as it can bear, refuses the others, and serves on', async () => {
    const address = `--address=${web.status.podIP}:${greeterPort}`;
    const command = ['/app', 'hold', address, `--connections=${tried}`, '--for=3s'];
    const seen = JSON.parse(await execIn(client, 'client', command, cp)) as Record<string, number>;
    expect(seen).toEqual({ tried, greeted: expect.any(Number), kept: seen['greeted'] });
    // Each worker counts for itself, so that the limit is met but for a few.
    expect(seen['greeted']).toBeLessThanOrEqual(allowed + 10);
    expect(seen['greeted']).toBeGreaterThan(allowed * 0.9);

    expect(await execIn(client, 'client', ['/app', 'greet', address], cp)).toContain('220 welcome');
    expect(sum(await readMetrics(web), 'envoy_server_live')).toBe(1);
    const after = await waitForReadyPod(cp, namespace, 'web');
    expect(after.metadata.name).toBe(web.metadata.name);
    // Neither killed for its memory nor for a probe that found no connection left.
    expect(statusOf(after, 'outrigger-proxy')).toMatchObject({ restartCount: 0, lastState: {} });
  });
});

describe.concurrent('the classes of service', () => {
  const resources = { cpu: '100m', memory: '64Mi' };

  it.each([
    ['Guaranteed', { requests: resources, limits: resources }],
    ['Burstable', { requests: resources }],
  ])('%s stays what it is, and the pod works', async (qosClass, own) => {
    const namespace = qosClass.toLowerCase();
    await createLabelledNamespace(cp, namespace);
    const containers = [webContainer([], { resources: own })];
    await applyManifests(cp, [deployment(namespace, 'web', { spec: { containers } })]);
    const web = await waitForReadyPod(cp, namespace, 'web');
    expect(web.status.qosClass).toBe(qosClass);
    expect(statusOf(web, 'outrigger-proxy')).toMatchObject({ restartCount: 0, ready: true });
  });
});

describe.concurrent('a namespace that enforces Pod Security', () => {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const spec = { containers: [webContainer([], { securityContext })] };

  it.each(['baseline', 'restricted'])('%s refuses a good pod for the init container only', async (level) => {
    const labels = { 'linkerd.io/inject': 'enabled', 'pod-security.kubernetes.io/enforce': level };
    await createNamespace(cp, `secure-${level}`, { labels });
    const refusal = await refusalOf(`secure-${level}`, { spec });
    expect(refusal).toContain(`violates PodSecurity "${level}:latest"`);
    const named = [...refusal.matchAll(/containers? ((?:"[\w-]+"(?:, )?)+)/gu)].map(([, names]) => names);
    expect(named).toEqual(['"outrigger-init"']);
    // The pod itself would have been let in.
    const plain = podManifest(`secure-${level}`, 'plain', { spec, annotations: disabled });
    await cp.kubectlOk(['create', '--dry-run=server', '-f', '-'], { stdin: JSON.stringify(plain) });
  });
});

describe.concurrent("an application that runs as the proxy's user", () => {
  it('is refused with the reason and the way out', async () => {
    await createLabelledNamespace(cp, 'clash');
    const spec = { containers: [webContainer([], { securityContext: { runAsUser: 2102 } })] };
    expect(await refusalOf('clash', { spec })).toMatch(
      /container "web" runs as uid 2102, which is the proxy's: .* set proxy-uid to another id/,
    );
  });
});

describe('where native sidecars are off', () => {
  const namespace = 'classic';
  let web: RunningPod;
  let client: RunningPod;

  beforeAll(async () => {
    await rig.configure('classic', { cluster: { ipv6: false, nativeSidecars: false } });
    await createLabelledNamespace(cp, namespace);
    await applyManifests(cp, [deployment(namespace, 'web')]);
    web = await waitForReadyPod(cp, namespace, 'web');
    const initContainers = [appContainer('ask', ['get', `http://${web.status.podIP}:${httpPort}/`])];
    const spec = { initContainers, containers: [clientContainer] };
    await applyManifests(cp, [deployment(namespace, 'client', { spec })]);
    client = await waitForReadyPod(cp, namespace, 'client');
  });

  it('the proxy is the first container, and the rules are written after all other init containers', () => {
    expect(client.spec.initContainers?.map(({ name }) => name)).toEqual(['ask', 'outrigger-init']);
    expect(client.spec.containers.map(({ name }) => name)).toEqual(['outrigger-proxy', 'client']);
    const started = (name: string) => statusOf(client, name).state.running?.startedAt ?? '';
    // postStart holds the next container back for two seconds; timestamps are whole seconds.
    expect(Date.parse(started('client')) - Date.parse(started('outrigger-proxy'))).toBeGreaterThan(1000);
  });

  it('traffic goes through the proxies of both pods', async () => {
    const url = `http://${web.status.podIP}:${httpPort}/`;
    const command = ['/app', 'load', '--workers=2', '--count=10', `--url=${url}`];
    expect(JSON.parse(await execIn(client, 'client', command, cp))).toMatchObject({
      requests: 20,
      failures: 0,
    });
    const counter = 'envoy_outrigger_response_total';
    const labels = { port: `${httpPort}`, status: '200' };
    const direction = async (pod: RunningPod, name: string) =>
      sum(await readMetrics(pod), counter, { ...labels, direction: name });
    expect(await direction(client, 'outbound')).toBe(20);
    // The own init container of the client asked before its rules were written, and was seen here.
    expect(await direction(web, 'inbound')).toBe(21);
  });

  it('a pod that is deleted is gone within its grace period', async () => {
    const start = performance.now();
    const { name } = web.metadata;
    await cp.kubectlOk(['delete', 'pod', name, `--namespace=${namespace}`, '--wait']);
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
