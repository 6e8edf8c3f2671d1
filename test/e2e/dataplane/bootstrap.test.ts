import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/proxy/backend.ts';
import { envoy } from '../../../src/proxy/envoy/backend.ts';
import { bootstrap } from '../../../src/proxy/envoy/bootstrap.ts';
import { printFlowYaml } from '../../../src/proxy/envoy/flow-yaml.ts';
import type { JsonObject } from '../../../src/proxy/envoy/json.ts';
import { anyPlan } from '../../proxy/any-plan.ts';
import { nastyStrings } from '../../proxy/envoy/nasty-strings.ts';
import { anew, testPlan } from '../../proxy/plan.ts';
import { findFreePort } from '../cluster/ports.ts';
import { findEnvoy } from '../parts/envoy.ts';
import { pollUntil } from '../poll-until.ts';
import { startChild } from '../process/child.ts';
import { runCommand } from '../process/run-command.ts';

let envoyPath: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  envoyPath = await findEnvoy();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** The arguments as the kubelet hands them on; they refer to no variable but the pod's address. */
function expandedArgs(plan: Plan): string[] {
  return envoy
    .render(plan, anew)
    .args.map((arg) => arg.replaceAll('$(OUTRIGGER_POD_IP)', '127.0.0.1').replaceAll('$$', '$'));
}

const valid = { stdout: expect.stringMatching(/OK\n$/), code: 0 };

function validate(args: readonly string[]) {
  return runCommand(envoyPath, ['--mode', 'validate', ...args]);
}

describe('a real Envoy accepts the arguments', () => {
  it.each<[string, Plan]>([
    ['by default', testPlan()],
    ['with IPv6', testPlan({ ipv6: true })],
    ['with a memory limit', testPlan({ proxy: { resources: { limits: { memory: '256Mi' } } } })],
    ['with an access log as Apache writes it', testPlan({ proxy: { accessLog: 'apache' } })],
    ['with all logs in JSON', testPlan({ proxy: { accessLog: 'json', logFormat: 'json' } })],
    [
      'with all ports opaque, 65535 too',
      testPlan({ proxy: { opaque: { inbound: [[1, 65_535]], outbound: [[65_535, 65_535]] } } }),
    ],
    ['with an upgrade that is named twice', testPlan({ proxy: { upgrades: ['websocket', 'WebSocket'] } })],
    ['with neither ports nor upgrades', testPlan({ proxy: { upgrades: [], declaredPorts: [] } })],
  ])('%s', async (_, plan) => {
    expect(await validate(expandedArgs(plan))).toMatchObject(valid);
  });

  it('of any plan, as many as there is time for', async () => {
    const seconds = process.env['CI'] ? 60 : 5;
    let plans = 0;
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        plans += 1;
        expect(await validate(expandedArgs(plan))).toMatchObject(valid);
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false },
    );
    expect(plans).toBeGreaterThan(seconds);
  });

  it('but not a field that it does not know', async () => {
    const text = printFlowYaml({ ...bootstrap(testPlan()), no_such_field: 1 });
    expect(await validate(['--config-yaml', text])).toMatchObject({ code: 1 });
  });
});

/** Starts Envoy and waits until its admin listener says that it is ready. */
async function startEnvoy(
  args: readonly string[],
  adminPort: number,
): Promise<(path: string) => Promise<Response>> {
  const home = await mkdtemp(join(tmpdir(), 'outrigger-envoy-'));
  cleanups.push(() => rm(home, { recursive: true }));
  const logFile = join(home, 'log');
  const child = startChild({ name: 'envoy', command: envoyPath, args, logFile, home });
  cleanups.push(() => child.stop());
  const get = (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`);
  await pollUntil(async () => !child.isRunning() || (await get('/ready')).ok, {
    timeoutMs: 20_000,
    what: `Envoy to be ready (${logFile})`,
  });
  if (!child.isRunning()) throw new Error(`Envoy ended: ${child.readLogTail()}`);
  return get;
}

async function freePorts(): Promise<Plan['ports']> {
  const ports = new Set<number>();
  while (ports.size < 4) ports.add(await findFreePort());
  const [inbound = 0, outbound = 0, admin = 0, control = 0] = ports;
  return { inbound, outbound, admin, control };
}

describe('a real Envoy', () => {
  it('starts and shows readiness, liveness and metrics on the admin port, and nothing else', async () => {
    const ports = await freePorts();
    const get = await startEnvoy(expandedArgs(testPlan({ ports })), ports.admin);

    expect(await (await get('/ready')).text()).toBe('LIVE\n');
    expect((await get('/live')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toContain('envoy_server_live{} 1');
    for (const path of ['/', '/stats', '/drain_listeners', '/config_dump', '/ready/x'])
      expect((await get(path)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${ports.admin}/ready`, { method: 'POST' })).status).toBe(404);
  });

  it('reads every text as it was written, however much it looks like something else', async () => {
    const { admin: port } = await freePorts();
    // The admin interface shows the node, whose metadata are free.
    const keys = Object.fromEntries(nastyStrings.map((text) => [text, 'key']));
    const metadata = { texts: nastyStrings, keys, again: [nastyStrings] };
    const admin = { address: { socket_address: { address: '127.0.0.1', port_value: port } } };
    const text = printFlowYaml({ node: { id: 'a', cluster: 'b', metadata }, admin });
    const get = await startEnvoy(['--config-yaml', text, '--disable-hot-restart'], port);

    expect(await (await get('/server_info')).json()).toHaveProperty('node.metadata', metadata);
  });

  it('closes connections to its own ports instead of forwarding them to itself', async () => {
    const ports = await freePorts();
    const get = await startEnvoy(expandedArgs(testPlan({ ports })), ports.admin);

    for (const port of [ports.inbound, ports.outbound])
      await new Promise((resolve) => connect(port, '127.0.0.1').on('error', resolve).on('close', resolve));
    expect(await (await get('/metrics')).text()).toContain(
      'envoy_tcp_downstream_cx_total{envoy_tcp_prefix="loop"} 2',
    );
  });
});

interface Resource {
  readonly name: string;
  readonly [field: string]: unknown;
}

/**
 * Without proxy-init there is no original destination: the inbound cluster gets a fixed address, and the
 * listener's own port is neither guarded nor left uninspected.
 */
function forwardingTo(serverPort: number, plan: Plan): string {
  const { static_resources, ...rest } = bootstrap(plan);
  const { clusters, listeners } = static_resources as unknown as Record<string, readonly Resource[]>;
  const address = { socket_address: { address: '127.0.0.1', port_value: serverPort } };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address } }] }];
  const fixed = {
    type: 'STATIC',
    lb_policy: 'ROUND_ROBIN',
    load_assignment: { cluster_name: 'inbound', endpoints },
  };
  const changed = {
    clusters: clusters!.map((cluster) => (cluster.name === 'inbound' ? { ...cluster, ...fixed } : cluster)),
    listeners: listeners!.map((listener) =>
      listener.name === 'inbound' ? withoutGuard(listener) : listener,
    ),
  };
  return printFlowYaml({ ...rest, static_resources: changed } as unknown as JsonObject);
}

function withoutGuard(listener: Resource): Resource {
  const [, http] = listener['filter_chains'] as readonly unknown[];
  const [originalDst, inspector] = listener['listener_filters'] as readonly Record<string, unknown>[];
  const { filter_disabled: _, ...everywhere } = inspector!;
  return { ...listener, filter_chains: [http], listener_filters: [originalDst, everywhere] };
}

async function startServer(): Promise<number> {
  const server = createServer((request, response) => response.end(JSON.stringify(request.rawHeaders)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** One request, written as it stands, and what came back. */
async function exchange(port: number, headers: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([...headers, 'Connection: close', '', ''].join('\r\n'));
  return (await socket.setEncoding('utf8').toArray()).join('');
}

function responses(metrics: string): string[] {
  return metrics.split('\n').filter((line) => line.startsWith('envoy_outrigger_response_total'));
}

describe('requests through a real Envoy', () => {
  const request = ['GET /a HTTP/1.1', 'Host: shop'];

  it.each([
    ['a declared port by its number', true],
    ['any other port as "other"', false],
  ])('count %s, and not those of the kubelet', async (_, isDeclared) => {
    const ports = await freePorts();
    const plan = testPlan({ ports, proxy: { declaredPorts: isDeclared ? [80, ports.inbound] : [80] } });
    const get = await startEnvoy(['--config-yaml', forwardingTo(await startServer(), plan)], ports.admin);

    await exchange(ports.inbound, [...request, 'User-Agent: curl/8']);
    await exchange(ports.inbound, request);
    await exchange(ports.inbound, [...request, 'User-Agent: kube-probe/1.35']);

    const lines = await pollUntil(
      async () => {
        const shown = responses(await (await get('/metrics')).text());
        return shown.some((line) => line.endsWith(' 2')) && shown;
      },
      { timeoutMs: 5000, what: 'two requests in the metrics' },
    );
    const port = isDeclared ? ports.inbound : 'other';
    expect(lines).toEqual([
      `envoy_outrigger_response_total{direction="inbound",port="${port}",status="200",grpc_status="",flags="-"} 2`,
    ]);
  });

  it('keep the case of their headers, and gain or lose none, forged marks apart', async () => {
    const ports = await freePorts();
    const text = forwardingTo(await startServer(), testPlan({ ports }));
    await startEnvoy(['--config-yaml', text], ports.admin);
    const forged = ['X-Outrigger-Abs: http', 'x-outrigger-XFP: https'];

    const plain = await exchange(ports.inbound, [...request, 'FooBar: 1', 'x-request-id: 7', ...forged]);
    const proto = await exchange(ports.inbound, [...request, 'X-Forwarded-Proto: https']);

    expect(plain).toContain('["Host","shop","FooBar","1","x-request-id","7"]');
    expect(proto).toContain('["Host","shop","X-Forwarded-Proto","https"]');
  });
});
