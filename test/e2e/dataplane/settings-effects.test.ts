/** What the other settings do in a running proxy: seen in its behaviour, its log and the kernel's view of it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import type * as greetingPeer from './peers/greeting.ts';
import type * as clientPeer from './peers/http-client.ts';
import type * as serverPeer from './peers/http-server.ts';
import type * as holdPeer from './peers/tcp-hold.ts';
import type * as echoPeer from './peers/tcp-echo.ts';
import type * as websocketPeer from './peers/websocket.ts';

const echo = peer<typeof echoPeer>('tcp-echo');
const greeting = peer<typeof greetingPeer>('greeting');
const hold = peer<typeof holdPeer>('tcp-hold');
const http = peer<typeof clientPeer>('http-client');
const httpServer = peer<typeof serverPeer>('http-server');
const websocket = peer<typeof websocketPeer>('websocket');

/** Settings that do not touch one another share a pod: starting one is what takes the time here. */
const settingsOf = {
  defaults: {},
  debug: { 'proxy-log-level': 'debug', 'proxy-cpu-limit': '100m', 'opaque-ports': '9999' },
  json: {
    'proxy-log-format': 'json',
    'proxy-log-level': 'info',
    'proxy-cpu-limit': '2500m',
    'proxy-additional-env': '[{"name": "TZ", "value": "Mars/$x"}]',
  },
  apache: {
    'access-log': 'apache',
    'inbound-port': '5143',
    'outbound-port': '5140',
    'admin-port': '5191',
  },
  accessJson: {
    'access-log': 'json',
    'proxy-cpu-limit': '16',
    'proxy-uid': '3102',
    'proxy-gid': '3103',
  },
  limited: { 'proxy-memory-limit': '64Mi' },
} as const;

let mesh: Mesh;
let plain: Host;
let pods: Readonly<Record<keyof typeof settingsOf, MeshedPod>>;

beforeAll(async () => {
  mesh = await createMesh();
  plain = await mesh.addHost('plain');
  await plain.use(httpServer).startHttpServer(8080);
  await plain.use(websocket).startWebSocketServer(8082);
  await plain.use(echo).startEchoServer(6379);
  await plain.use(greeting).startGreeter(9999);
  const started: [string, MeshedPod][] = [];
  for (const [name, settings] of Object.entries(settingsOf)) {
    const entries = Object.entries(settings).map(([key, value]) => [`config.linkerd.io/${key}`, value]);
    const pod = await mesh.addPod(name.toLowerCase(), { annotations: Object.fromEntries(entries) });
    await askBothWays(pod);
    started.push([name, pod]);
  }
  pods = Object.fromEntries(started) as typeof pods;
});
afterAll(() => mesh?.stop());

/** One request from the pod, and one to it. */
async function askBothWays({ host }: MeshedPod): Promise<void> {
  await host.use(httpServer).startHttpServer(8080);
  const there = await host.use(http).ask(`http://${plain.ip}:8080/method`);
  const headers = { 'user-agent': 'test/1', 'x-forwarded-for': '192.0.2.7' };
  const back = await plain.use(http).ask(`http://${host.ip}:8080/method?a=b`, { headers });
  expect([there.status, back.status]).toEqual([200, 200]);
}

const readLog = ({ host }: MeshedPod): Promise<string> => readFile(join(host.home, 'envoy.log'), 'utf8');

/** Without what Envoy says at each start where no memory limit bounds the number of connections. */
async function readLogLines(pod: MeshedPod): Promise<string[]> {
  const lines = (await readLog(pod)).split('\n');
  return lines.filter((line) => line !== '' && !line.includes('There is no configured limit to the number'));
}

describe("the proxy's log", () => {
  it('is silent at the default level', async () => {
    expect(await readLogLines(pods.defaults)).toEqual([]);
  });

  it.each([
    ['debug', 'debug', '[debug]', '[trace]'],
    ['info', 'json', '"level":"info"', '"level":"debug"'],
  ] as const)('has the level of proxy-log-level: %s', async (_, name, shown, hidden) => {
    const log = await readLog(pods[name]);
    expect(log).toContain(shown);
    expect(log).not.toContain(hidden);
  });

  it('has the form of proxy-log-format: json', async () => {
    // What is logged before the configuration has been read has the plain form.
    const lines = (await readLogLines(pods.json)).filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
      level: 'info',
      logger: expect.any(String),
      msg: expect.any(String),
    });
  });

  it('has a line for each request that the pod serves with access-log: apache', async () => {
    await expect.poll(() => readLogLines(pods.apache), { timeout: 15_000 }).toHaveLength(1);
    expect((await readLogLines(pods.apache))[0]).toMatch(
      /^10\.77\.0\.2 - - \[\d\d\/\w{3}\/\d{4}:[\d:]{8} \+0000\] "GET \/method\?a=b HTTP\/1\.1" 200 3$/u,
    );
  });

  it('has an object for each request that the pod serves with access-log: json', async () => {
    await expect.poll(() => readLogLines(pods.accessJson), { timeout: 15_000 }).toHaveLength(1);
    expect(JSON.parse((await readLogLines(pods.accessJson))[0] ?? '')).toMatchObject({
      'client.addr': expect.stringMatching(/^10\.77\.0\.2:\d+$/u),
      method: 'GET',
      host: `${pods.accessJson.host.ip}:8080`,
      uri: '/method?a=b',
      version: 'HTTP/1.1',
      user_agent: 'test/1',
      status: 200,
      response_bytes: 3,
    });
  });
});

const readProcess = ({ envoy }: MeshedPod, file: string): Promise<string> =>
  readFile(`/proc/${envoy.pid}/${file}`, 'utf8');

describe("the proxy's process", () => {
  it.each([
    ['of none', 'defaults', 2],
    ['of 100m', 'debug', 1],
    ['of 2500m', 'json', 3],
    ['of 16', 'accessJson', 4],
  ] as const)('has worker threads for a proxy-cpu-limit %s', async (_, name, workers) => {
    const tasks = await readdir(`/proc/${pods[name].envoy.pid}/task`);
    const names = await Promise.all(tasks.map((task) => readProcess(pods[name], `task/${task}/comm`)));
    expect(names.filter((name) => name.startsWith('wrk:worker_'))).toHaveLength(workers);
  });

  it('runs as proxy-uid and proxy-gid, whom the rules let pass', async () => {
    const status = await readProcess(pods.accessJson, 'status');
    expect(status).toMatch(/^Uid:\t3102\t3102\t3102\t3102$/mu);
    expect(status).toMatch(/^Gid:\t3103\t3103\t3103\t3103$/mu);
  });

  it('has proxy-additional-env', async () => {
    const variables = (await readProcess(pods.json, 'environ')).split('\0');
    expect(variables).toContain('TZ=Mars/$x');
  });

  it('bears 100 connections with a proxy-memory-limit of 64Mi, and the admin port', async () => {
    const { host } = pods.limited;
    await host.use(hold).holdConnections(plain.ip, 6379, 100);
    expect((await host.use(greeting).readGreeting(plain.ip, 6379)).text).toBe('');
    expect(await host.use(hold).countOpen()).toBe(100);
    expect(await pods.limited.metric('envoy_server_live')).toBe(1);
  });

  it('counts whom it has refused because of them', async () => {
    const labels = { envoy_listener_address: '127.0.0.1_4140' };
    expect(await pods.limited.metric('envoy_listener_downstream_global_cx_overflow', labels)).toBe(1);
  });
});

describe("the proxy's ports", () => {
  it('are inbound-port, outbound-port and admin-port, and the first two are no loops', async () => {
    const { apache } = pods;
    const accepted = (address: string) =>
      apache.metric('envoy_listener_downstream_cx_total', { envoy_listener_address: address });
    expect(await accepted('0.0.0.0_5143')).toBe(1);
    expect(await accepted('127.0.0.1_5140')).toBe(1);
    expect(await accepted('0.0.0.0_5191')).toBeGreaterThan(0);
    expect(await apache.host.use(echo).countClosed(apache.host.ip, 5143, 5)).toBe(5);
    expect(await apache.host.use(echo).countClosed('127.0.0.1', 5140, 5)).toBe(5);
  });

  it.each(['outbound', 'inbound'] as const)(
    'are not inspected where opaque-ports says so, and a server can speak first: %s',
    async (direction) => {
      const { host } = pods.debug;
      if (direction === 'inbound') await host.use(greeting).startGreeter(9999);
      const [client, server] = direction === 'inbound' ? [plain, host] : [host, plain];
      const { text, ms } = await client.use(greeting).readGreeting(server.ip, 9999);
      expect(text).toContain('hello');
      expect(ms).toBeLessThan(2000);
      expect(await pods.debug.metric('envoy_listener_downstream_pre_cx_timeout')).toBe(0);
    },
  );
});

it("the installation's list of upgrades replaces the built-in one", async () => {
  const { host } = await mesh.addPod('upgrades', { config: 'envoy: { upgrades: [frob] }\n' });
  const ask = (protocol: string, count: number) =>
    host.use(websocket).chatAtOnce(plain.ip, 8082, protocol, count);
  expect(await ask('frob', 2)).toMatchObject({ texts: ['hello', 'early'] });
  expect((await ask('websocket', 1)).head).toMatch(/^HTTP\/1\.1 403 /u);
});
