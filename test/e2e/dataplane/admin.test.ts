/** What of Envoy's admin interface can be reached: by anybody on the network, and by the pod's other containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import type * as adminPeer from './peers/http-admin.ts';

const admin = peer<typeof adminPeer>('http-admin');

let mesh: Mesh;
let plain: Host;
let pod: MeshedPod;
let other: MeshedPod;

beforeAll(async () => {
  mesh = await createMesh();
  plain = await mesh.addHost('plain');
  pod = await mesh.addPod('pod');
  other = await mesh.addPod('other');
});
afterAll(() => mesh?.stop());

const dangerous = [
  ['POST', '/quitquitquit'],
  ['POST', '/drain_listeners'],
  ['POST', '/healthcheck/fail'],
  ['POST', '/logging?level=trace'],
  ['POST', '/reset_counters'],
  ['POST', '/runtime_modify?a=b'],
  ['POST', '/cpuprofiler?enable=y'],
  ['GET', '/config_dump'],
  ['GET', '/clusters'],
  ['GET', '/listeners'],
  ['GET', '/server_info'],
  ['GET', '/stats'],
  ['GET', '/memory'],
  ['GET', '/certs'],
  ['GET', '/help'],
  ['GET', '/'],
  ['GET', '/ready/../config_dump'],
  ['GET', '/ready/'],
  ['GET', '//config_dump'],
] as const;

describe('the admin port', () => {
  it.each<[string, () => Host]>([
    ['a host without a proxy', () => plain],
    ['a pod with a proxy', () => other.host],
    ['the node, where the kubelet is', () => mesh.node],
    ['the pod itself', () => pod.host],
  ])('shows readiness, liveness and metrics to %s', async (_, from) => {
    const get = (path: string) => from().use(admin).askAdminPort(pod.host.ip, 4191, 'GET', path);
    expect(await get('/ready')).toEqual({ status: 200, body: 'LIVE\n' });
    expect(await get('/live')).toEqual({ status: 200, body: 'LIVE\n' });
    const { status, body } = await get('/metrics');
    expect(status).toBe(200);
    expect(body).toMatch(/^envoy_server_live\{\} 1$/mu);
  });

  it.each([...dangerous, ['POST', '/ready'], ['POST', '/metrics'], ['GET', '/stats/prometheus']] as const)(
    'answers 404 to %s %s',
    async (method, path) => {
      const { status } = await plain.use(admin).askAdminPort(pod.host.ip, 4191, method, path);
      expect(status).toBe(404);
    },
  );
});

const askSocket = (method: string, path: string) => pod.host.use(admin).askAdminSocket(method, path);

describe('the admin socket', () => {
  it('shows metrics and readiness to another user of the pod', async () => {
    expect(await askSocket('GET', '/ready')).toEqual({ status: 200, body: 'LIVE\n' });
    expect((await askSocket('GET', '/stats/prometheus')).body).toMatch(/^envoy_server_live\{\} 1$/mu);
  });

  it.each([
    ...dangerous,
    ['POST', '/stats/prometheus/../../quitquitquit'],
    ['GET', '/stats/prometheus/../../config_dump'],
  ] as const)('refuses %s %s to another user of the pod', async (method, path) => {
    const { status, body } = await askSocket(method, path);
    expect(status).toBe(403);
    expect(body).toMatch(/^request to path .* not allowed$/mu);
  });

  it('is not there on other hosts', async () => {
    await expect(plain.use(admin).askAdminSocket('GET', '/ready')).rejects.toThrow('ECONNREFUSED');
  });
});

it('after all of that the proxy is the same, ready and not restarted', async () => {
  expect(pod.envoy.isRunning()).toBe(true);
  const ready = await plain.use(admin).askAdminPort(pod.host.ip, 4191, 'GET', '/ready');
  expect(ready).toEqual({ status: 200, body: 'LIVE\n' });
});
