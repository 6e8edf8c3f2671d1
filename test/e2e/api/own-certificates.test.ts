import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace, listObjects } from '../cluster/objects.ts';
import { createCertificateAuthority } from '../cluster/pki.ts';
import { pollUntil } from '../poll-until.ts';
import { createAdminApi, type AdminApi } from './admin-api.ts';
import { sendHttp } from './http-text.ts';
import type { Load } from './load.ts';
import { readMetric } from './metrics.ts';
import { configurationName, createOwnRig, renderSecret, servedBy, webhooks, type OwnRig } from './own-rig.ts';
import { startPacedLoad } from './paced-load.ts';
import { enabled, ours, podManifest, type Pod } from './pods.ts';
import { hasPatch } from './reviews.ts';

let cp: ControlPlane;
let api: AdminApi;
let rig: OwnRig;

beforeAll(async () => {
  cp = await startControlPlane();
  api = await createAdminApi(cp);
  rig = await createOwnRig(cp, 'mesh', '127.96.9.1');
  await createUserNamespace('shop', 'mesh');
  await createUserNamespace('brief-shop', 'brief');
});
afterAll(async () => {
  await rig?.stop();
  api?.close();
  await cp?.stop();
});

function createUserNamespace(name: string, rigName: string): Promise<void> {
  return createNamespace(cp, name, { labels: { ...enabled, 'outrigger.test/rig': rigName } });
}

/** Stores a pod. @throws if it is refused, or stored without our containers */
async function createPod(namespace: string): Promise<void> {
  const { metadata, ...pod } = podManifest(namespace, 'web');
  const manifest = { ...pod, metadata: { ...metadata, name: undefined, generateName: 'web-' } };
  const { status, body } = await api.send('POST', `/api/v1/namespaces/${namespace}/pods`, manifest);
  if (status !== 201) throw new Error(`${status} ${(JSON.parse(body) as { message: string }).message}`);
  if (ours(JSON.parse(body) as Pod).length !== 2) throw new Error('a pod was stored without its proxy');
}

/** 20 pods a second through the API server; ends with the test. */
function startPods(namespace: string): Load {
  const load = startPacedLoad(20, () => createPod(namespace));
  onTestFinished(() => load.stop());
  return load;
}

const untilInjected = (namespace: string) =>
  pollUntil(() => createPod(namespace).then(() => true), { timeoutMs: 30_000, what: 'an injected pod' });

const untilPublished = (wanted: OwnRig) =>
  pollUntil(
    async () => {
      const [bundle = '', ...others] = await wanted.readBundles();
      return others.length === 0 && bundle === (await wanted.readSecret())?.['ca.crt'];
    },
    { timeoutMs: 20_000, what: 'the bundle in every entry', intervalMs: 20 },
  );

async function measureMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return Math.round(performance.now() - startedMs);
}

/** Figures that are worth a look, in the test's output. */
const report = (line: string): void => void process.stdout.write(`${line}\n`);

describe('the first start', () => {
  it('of two replicas at once gives one authority and one leaf, which both serve', async () => {
    await applyManifests(cp, [renderSecret('mesh')]);
    await Promise.all(rig.replicas.map((replica) => replica.start()));
    const secret = await rig.readSecret();
    const leaf = new X509Certificate(secret?.['tls.crt'] ?? '');
    const served = await Promise.all(rig.replicas.map((replica) => servedBy(replica, rig.host)));
    expect(served.map(({ fingerprint256 }) => fingerprint256)).toEqual([
      leaf.fingerprint256,
      leaf.fingerprint256,
    ]);
    expect(leaf.subjectAltName).toBe(
      'DNS:outrigger.mesh.svc, DNS:outrigger.mesh, DNS:outrigger.mesh.svc.cluster.local',
    );
    const days = (leaf.validToDate.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
    expect(leaf.verify(new X509Certificate(secret?.['ca.crt'] ?? '').publicKey)).toBe(true);
    await pollUntil(async () => (await rig.replicas[0].log()).includes('nothing calls this webhook'), {
      timeoutMs: 10_000,
      what: 'the line that there is no configuration',
    });
  });

  it('publishes the bundle in every entry as soon as there is one, and pods are injected', async () => {
    rig.serve();
    const ms = await measureMs(async () => {
      await rig.install();
      await untilPublished(rig);
    });
    report(`bundle published ${ms} ms after the configurations were applied`);
    await untilInjected('shop');
  });

  it('needs no other right than it has', async () => {
    for (const replica of rig.replicas) expect(await replica.log()).not.toMatch(/forbidden|\b403\b/u);
  });
});

async function countRepairs(): Promise<number> {
  const texts = await Promise.all(rig.replicas.map((replica) => replica.metrics()));
  return texts.reduce((sum, text) => sum + readMetric(text, 'outrigger_ca_bundle_repairs_total'), 0);
}

/** The log is written twice a second. */
async function isRepairTold(): Promise<boolean> {
  const logs = await Promise.all(rig.replicas.map((replica) => replica.log()));
  return logs.join('').includes('caBundle was changed by somebody else; repaired');
}

describe('a caBundle', () => {
  it.each([
    ['wiped', () => 'Cg=='],
    [
      'of another authority',
      async () => encode((await createCertificateAuthority('a stranger')).certificate),
    ],
  ])('that is %s is repaired within 5 s, counted and told, and nobody is unready', async (_, makeBundle) => {
    const before = await countRepairs();
    const value = await makeBundle();
    const entries = [0, 1].map((index) => ({
      op: 'replace',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value,
    }));
    await cp.kubectlOk([
      'patch',
      'mutatingwebhookconfiguration',
      configurationName('mesh'),
      '--type=json',
      '-p',
      JSON.stringify(entries),
    ]);
    const ms = await measureMs(() => untilPublished(rig));
    report(`caBundle repaired ${ms} ms after kubectl was back`);
    expect(ms).toBeLessThan(5000);
    for (const replica of rig.replicas) expect((await replica.ops('/ready')).status).toBe(200);
    await pollUntil(async () => (await countRepairs()) > before, { timeoutMs: 10_000, what: 'its count' });
    await pollUntil(isRepairTold, { timeoutMs: 10_000, what: 'its line' });
    await untilInjected('shop');
  });
});

describe('the Secret', () => {
  it.each([
    ['deleted', ['delete', 'secret']],
    ['emptied', ['patch', 'secret', '--type=json', '-p', '[{"op":"remove","path":"/data"}]']],
    ['filled with garbage', ['patch', 'secret', '--type=merge', '-p', '{"data":{"ca.key":"AAAA"}}']],
  ])('%s is written back as it was, and no pod is refused', async (_, [verb = '', ...args]) => {
    await untilInjected('shop');
    const before = await rig.readSecret();
    const load = startPods('shop');
    await pollUntil(() => load.count() > 20, { timeoutMs: 30_000, what: '20 pods' });
    await cp.kubectlOk([verb, ...args, 'outrigger-certificate', '--namespace', 'mesh']);
    const ms = await measureMs(() =>
      pollUntil(async () => JSON.stringify(await rig.readSecret()) === JSON.stringify(before), {
        timeoutMs: 20_000,
        what: 'the Secret as it was',
        intervalMs: 20,
      }),
    );
    const target = load.count() + 40;
    await pollUntil(() => load.count() > target, { timeoutMs: 30_000, what: '40 more pods' });
    await load.stop();
    report(`Secret written back after ${ms} ms; ${load.count()} pods, ${load.failures.length} refused`);
    expect(load.failures).toEqual([]);
    const labels = await cp.kubectlOk([
      'get',
      'secret',
      'outrigger-certificate',
      '--namespace=mesh',
      '-o=jsonpath={.metadata.labels}',
    ]);
    expect(JSON.parse(labels)).toEqual({ 'app.kubernetes.io/managed-by': 'Helm' });
  });
});

describe('an API server that does not trust us', () => {
  it('is counted and told, with the likely cause', async () => {
    const stranger = await createCertificateAuthority('a stranger');
    await createNamespace(cp, 'strangers');
    const service = { namespace: 'mesh', name: 'outrigger', path: '/mutate', port: rig.service.port };
    await applyManifests(cp, [
      {
        apiVersion: `${webhooks}/v1`,
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'stale' },
        webhooks: [
          {
            name: 'stale.outrigger.test',
            clientConfig: { service, caBundle: encode(stranger.certificate) },
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'strangers' } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            failurePolicy: 'Ignore',
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      },
    ]);
    const untrusted = async (): Promise<boolean> => {
      await api.send('POST', '/api/v1/namespaces/strangers/pods?dryRun=All', podManifest('strangers', 'dry'));
      const texts = await Promise.all(rig.replicas.map((replica) => replica.metrics()));
      const labels = { reason: 'untrusted' };
      return texts.some((text) => readMetric(text, 'outrigger_tls_handshake_errors_total', labels) > 0);
    };
    await pollUntil(untrusted, { timeoutMs: 30_000, what: 'a handshake that fails' });
    await pollUntil(
      async () =>
        (await Promise.all(rig.replicas.map((replica) => replica.log())))
          .join('')
          .includes('is caBundle stale?'),
      { timeoutMs: 10_000, what: 'its line in the log' },
    );
    await cp.kubectlOk(['delete', 'mutatingwebhookconfiguration', 'stale']);
  });
});

describe('an uninstall', () => {
  it('leaves no Secret behind, though replicas still run', async () => {
    await rig.uninstall();
    await cp.kubectlOk(['delete', 'secret', 'outrigger-certificate', '--namespace=mesh']);
    await delay(3000); // a moment in which nothing must happen
    expect(await rig.readSecret()).toBeUndefined();
    await rig.install();
    await pollUntil(() => rig.readSecret(), { timeoutMs: 20_000, what: 'the Secret' });
    await untilInjected('shop');
    await Promise.all(rig.replicas.map((replica) => replica.stop()));
    await cp.kubectlOk(['delete', 'secret', 'outrigger-certificate', '--namespace=mesh']);
    expect(await rig.readSecret()).toBeUndefined();
  });
});

/** `OUTRIGGER_ROTATIONS=50` (leaves): the whole of it, some 25 minutes. */
const leavesWanted = Number(process.env['OUTRIGGER_ROTATIONS'] ?? 4);
const authoritiesWanted = leavesWanted >= 50 ? 6 : 2;

describe('rotations', () => {
  it('of leaves and authorities refuse no pod, at 20 pods a second', { timeout: 1_200_000 }, async () => {
    const brief = await createOwnRig(cp, 'brief', '127.96.9.2', {
      leafLife: '45s',
      caLife: '150s',
      overlap: '5s',
    });
    onTestFinished(() => brief.stop());
    await Promise.all(brief.replicas.map((replica) => replica.start()));
    brief.serve();
    await brief.install();
    await untilInjected('brief-shop');
    const [leaves, authorities] = [new Set<string>(), new Set<string>()];
    const viaApiServer = startPods('brief-shop');
    // The API server keeps its connections: new ones, with the bundle of the moment, see every leaf.
    const direct = startPacedLoad(4, async () => {
      const [ca = ''] = await brief.readBundles();
      const url = `https://127.0.0.1:${new URL(brief.replicas[direct.count() % 2]!.url).port}/mutate/labelled`;
      const answer = await sendHttp(url, {
        method: 'POST',
        ca,
        servername: brief.host,
        json: reviewOf('brief-shop'),
      });
      if (!hasPatch(answer)) throw new Error(`${answer.status} ${answer.body}`);
    });
    onTestFinished(() => direct.stop());
    await pollUntil(
      async () => {
        const secret = await brief.readSecret();
        leaves.add(secret?.['tls.crt'] ?? '');
        authorities.add(secret?.['ca.crt'] ?? '');
        return leaves.size > leavesWanted && authorities.size >= authoritiesWanted;
      },
      { timeoutMs: 1_000_000, what: 'the rotations', intervalMs: 200 },
    );
    await Promise.all([viaApiServer.stop(), direct.stop()]);
    report(
      `${leaves.size - 1} leaf and ${authorities.size - 1} authority rotations: ` +
        `${viaApiServer.count()} pods, ${viaApiServer.failures.length} refused; ` +
        `${direct.count()} new connections, ${direct.failures.length} refused`,
    );
    expect([viaApiServer.failures.slice(0, 3), direct.failures.slice(0, 3)]).toEqual([[], []]);
    const pods = await listObjects<Pod>(cp, '/api/v1/namespaces/brief-shop/pods');
    expect(pods.filter((pod) => ours(pod).length !== 2)).toEqual([]);
  });
});

function reviewOf(namespace: string): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'b5a8d7d0-4f0c-4c53-9b3f-0d7a0e6f0001',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      object: podManifest(namespace, 'dry'),
      dryRun: true,
    },
  };
}

const encode = (pem: string): string => Buffer.from(pem).toString('base64');
