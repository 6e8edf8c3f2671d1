import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLabelledNamespace, injected, ours, setting, type Pod } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/objects.ts';
import { mariadbUser } from '../parts/mariadb-data.ts';
import { imageNames } from '../parts/pod-images.ts';
import { pollUntil } from '../poll-until.ts';
import {
  appContainer,
  clientContainer,
  createService,
  deployment,
  greeterPort,
  httpPort,
  service,
} from './apps.ts';
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

const namespace = 'shop';
let webAddress: string;
let databaseAddress: string;
let web: RunningPod;
let client: RunningPod;

/** The web server, a client whose own init container asks it, and a database. */
beforeAll(async () => {
  await createLabelledNamespace(cp, namespace, { [setting('opaque-ports')]: `default,${greeterPort}` });
  const ports = [
    { port: 80, targetPort: httpPort },
    { port: greeterPort, targetPort: greeterPort },
  ];
  webAddress = await createService(cp, service(namespace, 'web', ports));
  databaseAddress = await createService(
    cp,
    service(namespace, 'database', [{ port: 3306, targetPort: 3306 }]),
  );
  const database = { name: 'database', image: imageNames.mariadb };
  await applyManifests(cp, [
    deployment(namespace, 'web'),
    deployment(namespace, 'database', { spec: { containers: [database] } }),
  ]);
  web = await waitForReadyPod(cp, namespace, 'web');
  await applyManifests(cp, [
    deployment(namespace, 'client', {
      spec: {
        initContainers: [appContainer('ask', ['get', `http://${webAddress}/`])],
        containers: [clientContainer, { ...database, name: 'mariadb' }],
      },
    }),
  ]);
  client = await waitForReadyPod(cp, namespace, 'client');
});

describe('a pod of a labelled namespace', () => {
  it('becomes ready with both of our containers in it', () => {
    expect(ours(web as unknown as Pod)).toEqual(injected);
    expect(statusOf(web, 'outrigger-init').state.terminated).toMatchObject({ exitCode: 0 });
    expect(statusOf(web, 'outrigger-proxy')).toMatchObject({ ready: true, started: true, restartCount: 0 });
  });

  it('starts the sidecar after the rules are written and before its own init containers and containers', () => {
    const init = statusOf(client, 'outrigger-init').state.terminated;
    const proxy = statusOf(client, 'outrigger-proxy').state.running;
    const ask = statusOf(client, 'ask').state.terminated;
    const main = statusOf(client, 'client').state.running;
    const times = [init?.finishedAt, proxy?.startedAt, ask?.startedAt, ask?.finishedAt, main?.startedAt];
    const numbers = times.map((time) => Date.parse(time ?? ''));
    expect(numbers).not.toContain(NaN);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('has a network that works in its own init containers, through the sidecar', async () => {
    expect(statusOf(client, 'ask')).toMatchObject({
      restartCount: 0,
      state: { terminated: { exitCode: 0 } },
    });
    const labels = { direction: 'outbound', port: '80', status: '200' };
    expect(sum(await readMetrics(client), 'envoy_outrigger_response_total', labels)).toBeGreaterThan(0);
  });
});

/** Longer than any exchange and shorter than the 3 s that a connection waits for a client's first bytes. */
const withoutWaitMs = 2500;

describe('between two injected pods, a server that speaks first', () => {
  it.each([
    ['by a Service address', () => webAddress],
    ["by the pod's address", () => web.status.podIP!],
  ])('is heard at once %s', async (_, address) => {
    const command = ['/app', 'greet', `--address=${address()}:${greeterPort}`];
    const { line, ms } = JSON.parse(await execIn(client, 'client', command, cp)) as Record<string, unknown>;
    expect(line).toBe('220 welcome\r\n');
    expect(ms).toBeLessThan(withoutWaitMs);
  });

  it('answers a real MariaDB client, which saw no wait', async () => {
    const query = ['-e', 'select concat("for ", current_user())', '-N'];
    const command = ['/usr/sbin/mariadb', '-h', databaseAddress, '-u', mariadbUser, ...query];
    const answer = await pollUntil(() => execIn(client, 'mariadb', command, cp), {
      timeoutMs: 30_000,
      what: 'the database',
    });
    expect(answer).toBe(`for ${mariadbUser}@%\n`);
    const samples = await readMetrics(client);
    expect(sum(samples, 'envoy_outrigger_tcp_close_total', { port: '3306' })).toBeGreaterThan(0);
    expect(samples.filter((one) => one.name.endsWith('pre_cx_timeout') && one.value > 0)).toEqual([]);
  });
});

const responses = 'envoy_outrigger_response_total';
const latencies = 'envoy_outrigger_response_latency_ms_count';
const inbound = { direction: 'inbound', port: `${httpPort}` };
const outbound = { direction: 'outbound', port: '80' };

/** Sends 4 × 10 requests from the client and returns what it saw. */
async function sendForty(path: string): Promise<unknown> {
  const command = ['/app', 'load', '--workers=4', '--count=10', `--url=http://${webAddress}${path}`];
  return JSON.parse(await execIn(client, 'client', command, cp));
}

/** How many requests the two sidecars have counted. */
async function readCounts() {
  return {
    in: sum(await readMetrics(web), responses, inbound),
    out: sum(await readMetrics(client), responses, outbound),
  };
}

describe('the metrics on port 4191', () => {
  it('count each request once on either side, and no probe of the kubelet', async () => {
    const before = await readCounts();
    expect(await sendForty('/')).toEqual({ requests: 40, failures: 0, errors: {} });
    const after = await readCounts();
    expect({ in: after.in - before.in, out: after.out - before.out }).toEqual({ in: 40, out: 40 });
  });

  it('tell failures by their status', async () => {
    expect(await sendForty('/broken')).toMatchObject({ requests: 40, failures: 40 });
    for (const [pod, where] of [[web, inbound] as const, [client, outbound] as const])
      expect(sum(await readMetrics(pod), responses, { ...where, status: '503' })).toBe(40);
  });

  it('have a latency for each request', async () => {
    const samples = await pollUntil(
      async () => {
        const read = await readMetrics(web);
        return sum(read, latencies, inbound) >= sum(read, responses, inbound) && read;
      },
      { timeoutMs: 30_000, what: 'the histograms to be flushed' },
    );
    expect(sum(samples, latencies, inbound)).toBe(sum(samples, responses, inbound));
    expect(sum(samples, 'envoy_outrigger_response_latency_ms_sum', inbound)).toBeGreaterThan(0);
  });
});
