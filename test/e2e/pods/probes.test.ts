import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLabelledNamespace } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/objects.ts';
import { appContainer, deployment } from './apps.ts';
import { statusOf, waitForFailedProbe, waitForPodsThat, type RunningPod } from './pods.ts';
import { startPodsRig, type PodsRig } from './rig.ts';

let rig: PodsRig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startPodsRig();
  cp = rig.cp;
});

afterAll(() => rig?.stop());

const namespace = 'probed';

/** Each container of the one pod serves HTTP on `port` and gRPC on `port` + 1. */
const probes: readonly (readonly [name: string, port: number, probe: object])[] = [
  ['http-good', 8100, { httpGet: { path: '/', port: 8100 } }],
  ['http-bad', 8110, { httpGet: { path: '/broken', port: 8110 } }],
  ['http-nobody', 8120, { httpGet: { path: '/', port: 8129 } }],
  ['grpc-good', 8130, { grpc: { port: 8131 } }],
  ['grpc-bad', 8140, { grpc: { port: 8141, service: 'unknown' } }],
  ['grpc-nobody', 8150, { grpc: { port: 8159 } }],
  ['exec-good', 8160, { exec: { command: ['/app', 'get', 'http://127.0.0.1:8160/'] } }],
  ['exec-bad', 8170, { exec: { command: ['/app', 'get', 'http://127.0.0.1:8170/broken'] } }],
];

const goodOnes = probes.map(([name]) => name).filter((name) => name.endsWith('-good'));

function areGoodOnesReady(pod: RunningPod): boolean {
  return pod.status.containerStatuses !== undefined && goodOnes.every((name) => statusOf(pod, name).ready);
}

describe('probes of an injected pod mean what they meant', () => {
  let pod: RunningPod;

  beforeAll(async () => {
    await createLabelledNamespace(cp, namespace);
    const containers = probes.map(([name, port, probe]) =>
      appContainer(name, ['serve', `--http=:${port}`, `--grpc=:${port + 1}`], {
        readinessProbe: { ...probe, periodSeconds: 1 },
      }),
    );
    const restarted = appContainer('live-bad', ['serve', '--http=:8180'], {
      livenessProbe: { httpGet: { path: '/broken', port: 8180 }, periodSeconds: 1, failureThreshold: 1 },
    });
    await applyManifests(cp, [
      deployment(namespace, 'probed', { spec: { containers: [...containers, restarted] } }),
    ]);
    [pod] = (await waitForPodsThat(cp, { namespace, app: 'probed' }, areGoodOnesReady)) as [RunningPod];
  });

  it.each([
    ['http-bad', /^Readiness probe failed: HTTP probe failed with statuscode: 503/],
    ['http-nobody', /^Readiness probe failed: .*statuscode: 503/],
    ['grpc-bad', /^Readiness probe failed: .*unknown service/],
    ['grpc-nobody', /^Readiness probe (failed|errored)/],
    ['exec-bad', /^Readiness probe failed: .*503 Service Unavailable/],
    ['live-bad', /^Liveness probe failed: HTTP probe failed with statuscode: 503/],
  ])('%s fails', async (name, message) => {
    expect(await waitForFailedProbe(cp, namespace, name)).toMatch(message);
  });

  it.each(goodOnes)('%s passes', (name) => {
    expect(statusOf(pod, name)).toMatchObject({ ready: true, restartCount: 0 });
  });

  it('and a container whose liveness probe fails is started again', async () => {
    await waitForPodsThat(
      cp,
      { namespace, app: 'probed' },
      (one) => statusOf(one, 'live-bad').restartCount > 0,
    );
  });

  it('and only those that pass have made their containers ready', async () => {
    const [now] = await waitForPodsThat(cp, { namespace, app: 'probed' }, () => true);
    const ready = now!.status.containerStatuses!.filter((one) => one.ready).map((one) => one.name);
    expect(ready.filter((name) => name !== 'live-bad').toSorted()).toEqual(goodOnes.toSorted());
  });
});
