/** The whole way of a platform team, on a real node: install, use, upgrade under load, roll back, uninstall. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../../src/commands/package.ts';
import { createPod, injected, ours, podManifest, skippedOut, type Pod } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createDryRun, createNamespace, listObjects } from '../cluster/objects.ts';
import { mariadbUser } from '../parts/mariadb-data.ts';
import { imageNames } from '../parts/pod-images.ts';
import { pollUntil } from '../poll-until.ts';
import { createService, deployment, service } from '../pods/apps.ts';
import { containerdSocket } from '../pods/node/containerd.ts';
import {
  execIn,
  isReady,
  listPods,
  waitForPodsThat,
  waitForReadyPod,
  type RunningPod,
} from '../pods/pods.ts';
import { listRules } from '../pods/rules.ts';
import { chartDir } from './helm.ts';
import { startPodLoad } from './pod-load.ts';
import { startChartRig, type ChartRig } from './rig.ts';

let rig: ChartRig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startChartRig();
  cp = rig.cp;
  // The webhook's own pods have to pass what many clusters enforce.
  await createNamespace(cp, 'outrigger', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
});

afterAll(() => rig?.stop());

/** `helm install` or `helm upgrade`, with default values but for those given. */
function helm(verb: 'install' | 'upgrade', values: object = {}): Promise<string> {
  const args = [verb, 'outrigger', chartDir, '--namespace=outrigger', '--wait', '--timeout=4m', '--values=-'];
  return rig.helm.ok(args, JSON.stringify(values));
}

const webhookPods = () =>
  listObjects<RunningPod>(
    cp,
    '/api/v1/namespaces/outrigger/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Dwebhook',
  );

describe('installing', () => {
  it('with default values ends when the webhook is of use', { timeout: changeLimitMs }, async () => {
    await helm('install');
    await createNamespace(cp, 'first', { labels: { 'linkerd.io/inject': 'enabled' } });
    await pollUntil(async () => ours(await createDryRun<Pod>(cp, podManifest('first', 'dry'))).length > 0, {
      timeoutMs: 30_000,
      what: 'the configuration to be in effect',
    });
  });

  it('runs two pods of the image that buildah built, in a namespace that enforces `restricted`', async () => {
    const pods = await webhookPods();
    expect(
      pods.map((pod) => [isReady(pod), pod.status.containerStatuses?.map(({ imageID }) => imageID)]),
    ).toEqual([
      [true, [rig.image.id]],
      [true, [rig.image.id]],
    ]);
    process.stdout.write(`the image has ${Math.round(rig.image.bytes / 2 ** 20)} MiB, not compressed\n`);
  });

  it('the image says what it is, and runs as nobody', () => {
    expect(rig.image.config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['outrigger'],
      Cmd: ['serve'],
      Labels: {
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': version,
      },
    });
  });

  it('helm test passes, prints what was found, and leaves nothing', async () => {
    const { code, stdout, stderr } = await rig.helm.run(['test', 'outrigger', '--namespace=outrigger']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Phase:          Succeeded')]);
    expect(stderr).toContain('a pod in namespace outrigger-outrigger-test comes back with the sidecar');
    const left = await cp.kubectlOk(['get', 'job,pod', '--namespace=outrigger', '-o', 'name']);
    expect(left).not.toContain('outrigger-test');
  });

  it('the image is the command line too, where Node is too old or missing', async () => {
    const manifest = JSON.stringify(deployment('shop', 'web'));
    expect(await runInNode(['outrigger', 'inject', '-'], manifest)).toContain('"linkerd.io/inject"');
    expect(await runInNode(['outrigger', '--version'], '')).toBe(`${version}\n`);
  });
});

/**
 * `ctr run` of the image: standard input in, standard output back, the root not writable. Input ends only when the
 * container runs: ctr forgets to pass on an end that comes earlier.
 */
async function runInNode(command: string[], stdin: string): Promise<string> {
  const { cluster, image } = rig;
  const ctr = await cluster.debian.find('ctr');
  const node = ['--target', `${cluster.namespaces.pid}`, '--net', '--mount', '--pid', '--'];
  const id = `cli-${performance.now()}`;
  const run = [ctr, '--address', containerdSocket, '--namespace', 'k8s.io', 'run', '--rm', '--read-only'];
  const env = { ...process.env, ...cluster.debian.env };
  const child = spawn('nsenter', [...node, ...run, image.name, id, ...command], { env, timeout: 90_000 });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.write(stdin);
  await pollUntil(async () => child.exitCode !== null || (await rig.ctr('tasks', 'list')).includes(id), {
    timeoutMs: 60_000,
    what: 'the container to run',
  });
  child.stdin.end();
  const [[code], stdout, stderr] = await ended;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

const port = 4406;
const mariadb = (...args: string[]) => ({ name: 'mariadb', image: imageNames.mariadb, args });
const query = ['-u', mariadbUser, `--port=${port}`, '-N', '-e', 'select "served"'];

describe('using', () => {
  let address: string;

  const ask = async (client: RunningPod): Promise<number> => {
    const start = performance.now();
    const command = ['/usr/sbin/mariadb', '-h', address, ...query];
    expect(await execIn(client, 'mariadb', command, cp)).toBe('served\n');
    return performance.now() - start;
  };

  beforeAll(async () => {
    await createNamespace(cp, 'shop');
    await cp.kubectlOk(['label', 'namespace', 'shop', 'linkerd.io/inject=enabled']);
    address = await createService(cp, service('shop', 'database', [{ port, targetPort: port }]));
    await applyManifests(cp, [
      deployment('shop', 'database', { spec: { containers: [mariadb(`--port=${port}`)] } }),
      deployment('shop', 'client', { spec: { containers: [mariadb('--port=3307')] } }),
    ]);
    await waitForReadyPod(cp, 'shop', 'database');
    await waitForReadyPod(cp, 'shop', 'client');
  });

  it('a MariaDB on 4406 and its client are injected, and talk through both proxies', async () => {
    const client = await waitForReadyPod(cp, 'shop', 'client');
    const database = await waitForReadyPod(cp, 'shop', 'database');
    for (const pod of [client, database]) expect(ours(pod as unknown as Pod)).toEqual(injected);
    await pollUntil(() => ask(client), { timeoutMs: 60_000, what: 'the database' });
    expect((await listRules(rig.cluster, client)).join('\n')).not.toContain(`${port}`);
  });

  it('an annotation on the namespace and a restart change the rules in the pods', async () => {
    const settings = ['skip-outbound-ports', 'skip-inbound-ports'].map(
      (key) => `config.linkerd.io/${key}=default,${port}`,
    );
    await cp.kubectlOk(['annotate', 'namespace', 'shop', ...settings]);
    const old = new Set<string>();
    for (const app of ['client', 'database'])
      for (const { metadata } of await listPods(cp, 'shop', app)) old.add(metadata.name);
    await cp.kubectlOk(['rollout', 'restart', 'deployment', '--namespace=shop']);
    const isNew = (pod: RunningPod) => isReady(pod) && !old.has(pod.metadata.name);
    const [client] = await waitForPodsThat(cp, { namespace: 'shop', app: 'client' }, isNew);
    await waitForPodsThat(cp, { namespace: 'shop', app: 'database' }, isNew);
    await pollUntil(() => ask(client!), { timeoutMs: 60_000, what: 'the new database' });
    const skipping = (await listRules(rig.cluster, client!)).filter((rule) => rule.includes(`${port}`));
    expect(skipping.join('\n')).toMatch(/OUTPUT.*4406.*RETURN/u);
    expect(skipping.join('\n')).toMatch(/REDIRECT.*4406.*RETURN/u);
  });
});

const defaultOf = async (name: string) => skippedOut(await createPod(cp, podManifest('first', name)));

/** An upgrade waits for the last old pod to end. */
const changeLimitMs = 600_000;

/** Changes something while pods are created in a namespace of that name, and tells what became of them. */
const underLoad = async (name: string, change: () => Promise<unknown>) => {
  await createNamespace(cp, name, { labels: { 'linkerd.io/inject': 'enabled' } });
  const load = await startPodLoad(cp, name);
  const [changed] = await Promise.allSettled([change()]);
  const counts = await load.stop();
  if (changed.status === 'rejected') throw changed.reason;
  process.stdout.write(
    `${name}: ${counts.created} pods created, longest gap ${Math.round(counts.longestGapMs)} ms, ${JSON.stringify(counts.refused)}\n`,
  );
  return counts;
};

describe('changing the installation while pods are created at 20 a second', () => {
  it('helm upgrade refuses none and forgets none', { timeout: changeLimitMs }, async () => {
    const config = { defaults: { 'skip-outbound-ports': 'default,7777' } };
    const counts = await underLoad('upgrade', () => helm('upgrade', { config, podAnnotations: { a: 'b' } }));
    expect(counts).toMatchObject({ refused: {}, bare: [] });
    expect(counts.created).toBeGreaterThan(40);
    expect(await defaultOf('upgraded')).toContain('7777');
  });

  it('helm rollback refuses none and forgets none', { timeout: changeLimitMs }, async () => {
    const back = ['rollback', 'outrigger', '1', '--namespace=outrigger', '--wait', '--timeout=4m'];
    const counts = await underLoad('rollback', () => rig.helm.ok(back));
    expect(counts).toMatchObject({ refused: {}, bare: [] });
    expect(counts.created).toBeGreaterThan(40);
    expect(await defaultOf('rolled-back')).not.toContain('7777');
  });
});

describe('a webhook whose loop hangs', () => {
  it('is killed and started anew by its liveness probe', { timeout: changeLimitMs }, async () => {
    const hang = `data:text/javascript,process.on('SIGUSR2',()=>{for(;;);})`;
    await helm('upgrade', { extraEnv: [{ name: 'NODE_OPTIONS', value: `--import=${hang}` }] });
    const [pod] = await pollUntil(
      async () => {
        const pods = await webhookPods();
        return pods.length === 2 && pods.every(isReady) && pods;
      },
      { timeoutMs: 120_000, what: 'the last old pod to be gone' },
    );
    const id = pod!.status.containerStatuses![0]!.containerID!.replace('containerd://', '');
    await rig.ctr('tasks', 'kill', '--signal', 'SIGUSR2', id);
    const start = performance.now();
    await pollUntil(
      async () => {
        const again = (await webhookPods()).find(({ metadata }) => metadata.name === pod!.metadata.name);
        return (again?.status.containerStatuses?.[0]?.restartCount ?? 0) > 0;
      },
      { timeoutMs: 120_000, what: 'the liveness probe to end it', intervalMs: 250 },
    );
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`a hung loop ended after ${seconds.toFixed(1)} s\n`);
    // 16 s by the probe's settings; the pod's grace period of 40 s must not count.
    expect(seconds).toBeLessThan(35);
  });
});

describe('helm test of a webhook without pods', () => {
  it('fails, says why, and leaves nothing either', { timeout: changeLimitMs }, async () => {
    await cp.kubectlOk(['scale', 'deployment/outrigger', '--namespace=outrigger', '--replicas=0']);
    await pollUntil(async () => (await webhookPods()).length === 0, {
      timeoutMs: 120_000,
      what: 'the last pod to be gone',
    });
    const { code, stderr } = await rig.helm.run(['test', 'outrigger', '--namespace=outrigger']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/nobody answers behind the Service: no pod of the webhook is ready/u);
    const left = await cp.kubectlOk(['get', 'job,pod', '--namespace=outrigger', '-o', 'name']);
    expect(left).not.toContain('outrigger-test');
  });
});

/** Everything of the release, of every kind that there is. */
async function listLabelled(): Promise<string[]> {
  const kinds = (await cp.kubectlOk(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n');
  const query = ['--all-namespaces', '--selector=app.kubernetes.io/instance=outrigger', '-o', 'name'];
  const found = await cp.kubectlOk([
    'get',
    kinds.filter((kind) => !kind.includes('events')).join(','),
    ...query,
  ]);
  return found.split('\n').filter((line) => line !== '');
}

describe('uninstalling', () => {
  it('leaves nothing, and pods start without a proxy', { timeout: changeLimitMs }, async () => {
    expect((await listLabelled()).length).toBeGreaterThan(10);
    await rig.helm.ok(['uninstall', 'outrigger', '--namespace=outrigger', '--wait', '--timeout=3m']);
    await pollUntil(async () => (await listLabelled()).length === 0, {
      timeoutMs: 90_000,
      what: 'the last pod to be gone',
    });
    expect(await cp.kubectlOk(['get', 'secrets', '--namespace=outrigger', '-o', 'name'])).toBe('');
    const pod = await createPod(cp, podManifest('first', 'after'));
    expect(ours(pod)).toEqual([]);
  });
});
