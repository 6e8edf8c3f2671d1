/** What operators do to a release, in a real API server: two helms, no helm at all, and the glass broken. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { ours, podManifest, type Pod } from '../api/pods.ts';
import { applyManifests, createDryRun, createNamespace } from '../cluster/objects.ts';
import type { KeyPair } from '../cluster/pki.ts';
import { readCertManagerDefinitions } from '../parts/cert-manager.ts';
import { pollUntil } from '../poll-until.ts';
import { ensurePart } from '../parts/build.ts';
import { runCommandOk } from '../process/run-command.ts';
import { chartDir, openHelm, template, type Helm } from './helm.ts';
import { install, providedBy, serveRelease } from './installed.ts';

let cp: ControlPlane;
let helm4: Helm;
let helm3: Helm;

beforeAll(async () => {
  cp = await startControlPlane();
  helm4 = await openHelm('helm 4', cp.kubeconfig);
  helm3 = await openHelm('helm 3', cp.kubeconfig);
});

afterAll(async () => {
  await helm3?.close();
  await helm4?.close();
  await cp?.stop();
});

const name = 'outrigger-injector-linkerd-io';

interface Configuration {
  readonly webhooks: readonly {
    readonly failurePolicy: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}

async function readConfiguration(): Promise<Configuration> {
  const args = ['get', 'mutatingwebhookconfiguration', name, '-o', 'json'];
  return JSON.parse(await cp.kubectlOk(args)) as Configuration;
}

const policies = async () => (await readConfiguration()).webhooks.map(({ failurePolicy }) => failurePolicy);

describe('a release', () => {
  it('of helm 3 is upgraded by helm 4, and uninstalled', async () => {
    await install(helm3, cp);
    await install(helm4, cp, { values: { replicas: 3 } });
    expect(await policies()).toEqual(['Fail', 'Ignore']);
    await helm4.ok(['uninstall', 'outrigger', '--namespace=outrigger', '--wait']);
    await expect(readConfiguration()).rejects.toThrow(/not found/);
  });

  it.each(['helm 3', 'helm 4'] as const)(
    'of %s leaves alone the caBundle that the program has written',
    async (version) => {
      const helm = version === 'helm 3' ? helm3 : helm4;
      const own = { certificates: { source: 'own' } };
      await install(helm, cp, { values: own });
      const patch = [0, 1].map((index) => ({
        op: 'add',
        path: `/webhooks/${index}/clientConfig/caBundle`,
        value: Buffer.from(cp.ca.certificate).toString('base64'),
      }));
      const args = [
        'patch',
        'mutatingwebhookconfiguration',
        name,
        '--type=json',
        '--field-manager=outrigger',
        '-p',
      ];
      await cp.kubectlOk([...args, JSON.stringify(patch)]);
      const before = await readConfiguration();
      const secret = ['patch', 'secret', 'outrigger-certificate', '--namespace=outrigger', '-p'];
      await cp.kubectlOk([...secret, '{"data":{"state":"eA=="}}', '--field-manager=outrigger']);
      await install(helm, cp, { values: { ...own, labels: { changed: 'yes' } } });
      expect((await readConfiguration()).webhooks).toEqual(before.webhooks);
      await helm.ok(['rollback', 'outrigger', '1', '--namespace=outrigger']);
      expect((await readConfiguration()).webhooks).toEqual(before.webhooks);
      const read = [
        'get',
        'secret',
        'outrigger-certificate',
        '--namespace=outrigger',
        '-o',
        'jsonpath={.data}',
      ];
      expect(await cp.kubectlOk(read)).toBe('{"state":"eA=="}');
      await helm.ok(['uninstall', 'outrigger', '--namespace=outrigger', '--wait']);
      expect(await cp.kubectlOk(['get', 'secrets', '--namespace=outrigger', '-o', 'name'])).not.toContain(
        'outrigger-certificate',
      );
    },
  );
});

interface Certificate {
  readonly spec: { readonly secretName: string; readonly dnsNames: readonly string[] };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What cert-manager and its cainjector write for the chart's objects; their own programs need not run. */
async function actAsCertManager(): Promise<KeyPair> {
  const namespace = '--namespace=outrigger';
  const read = ['get', 'certificate.cert-manager.io', 'outrigger-tls', namespace, '-o', 'json'];
  const { spec } = JSON.parse(await cp.kubectlOk(read)) as Certificate;
  const pair = await cp.ca.issueServer(spec.dnsNames);
  const data = {
    'tls.crt': base64(pair.certificate),
    'tls.key': base64(pair.key),
    'ca.crt': base64(cp.ca.certificate),
  };
  const metadata = { name: spec.secretName, namespace: 'outrigger' };
  await applyManifests(cp, [{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data }]);
  for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    const { items } = JSON.parse(await cp.kubectlOk(['get', kind, '-o', 'json'])) as {
      items: (Configuration & { metadata: { name: string; annotations?: Record<string, string> } })[];
    };
    const wanted = items.filter(
      ({ metadata }) =>
        metadata.annotations?.['cert-manager.io/inject-ca-from'] === 'outrigger/outrigger-tls',
    );
    expect(wanted.map((one) => one.metadata.name)).toEqual([name]);
    const patch = wanted[0]!.webhooks.map((_, index) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: data['ca.crt'],
    }));
    const flags = ['--type=json', '--field-manager=cert-manager-cainjector', '-p', JSON.stringify(patch)];
    await cp.kubectlOk(['patch', kind, name, ...flags]);
  }
  return pair;
}

describe('with cert-manager', () => {
  it('pods are injected by its certificate and bundle, which an upgrade leaves alone', async () => {
    for (const definition of await readCertManagerDefinitions())
      await cp.kubectlOk(['apply', '--server-side', '-f', '-'], { stdin: definition });
    await cp.kubectlOk(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    const certificates = { source: 'certManager', certManager: { issuer: { name: 'platform' } } };
    await install(helm4, cp, { values: { certificates } });
    const served = await serveRelease(cp, { pair: await actAsCertManager() });
    try {
      await createNamespace(cp, 'managed', { labels: { 'linkerd.io/inject': 'enabled' } });
      const isInjected = async () =>
        ours(await createDryRun<Pod>(cp, podManifest('managed', 'dry'))).length > 0;
      await pollUntil(isInjected, { timeoutMs: 30_000, what: 'the webhook to be called' });
      const before = await readConfiguration();
      await install(helm4, cp, { values: { certificates, labels: { changed: 'yes' } } });
      expect((await readConfiguration()).webhooks).toEqual(before.webhooks);
      expect(await isInjected()).toBe(true);
    } finally {
      await served.stop('SIGKILL');
      await helm4.ok(['uninstall', 'outrigger', '--namespace=outrigger', '--wait']);
    }
  });
});

const apply = (text: string) => cp.kubectlOk(['apply', '--server-side', '-f', '-'], { stdin: text });

describe('without helm in the cluster', () => {
  it('what helm renders is applied, again and again, beside what the program writes', async () => {
    const args = ['template', 'outrigger', chartDir, '--namespace=outrigger', '--skip-tests'];
    const text = await helm4.ok(args);
    expect(text).not.toContain('helm.sh/hook');
    await apply(text);
    const patch = [
      {
        op: 'add',
        path: '/webhooks/0/clientConfig/caBundle',
        value: Buffer.from(cp.ca.certificate).toString('base64'),
      },
    ];
    await cp.kubectlOk([
      'patch',
      'mutatingwebhookconfiguration',
      name,
      '--type=json',
      '-p',
      JSON.stringify(patch),
    ]);
    await apply(text);
    expect((await readConfiguration()).webhooks[0]?.clientConfig.caBundle).toBe(patch[0]?.value);
    await cp.kubectlOk(['delete', '-f', '-'], { stdin: text });
  });
});

/** The lines of the first shell block below a heading. */
async function linesOf(heading: string): Promise<string[]> {
  const text = await readFile(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const block = text.split(`\n## ${heading}\n`)[1]?.split('```sh\n')[1]?.split('```')[0] ?? '';
  return block.trim().split('\n');
}

const runLine = async (line: string) => {
  const kubectl = await ensurePart('kubectl');
  const env = {
    PATH: `${kubectl.replace(/\/kubectl$/u, '')}:${process.env['PATH']}`,
    KUBECONFIG: cp.kubeconfig,
    HOME: cp.dir,
  };
  return runCommandOk('sh', ['-c', line], { env });
};

describe('breaking the glass', () => {
  beforeAll(async () => {
    await install(helm4, cp);
    await createNamespace(cp, 'shop', { labels: { 'linkerd.io/inject': 'enabled' } });
  });

  it('takes the lines of docs/operating.md, which helm upgrade takes back', async () => {
    const [unlabel, ignore, remove, ...others] = await linesOf('Breaking the glass');
    expect(others).toEqual([]);
    await runLine(unlabel!);
    const labels = await cp.kubectlOk(['get', 'namespace', 'shop', '-o', 'jsonpath={.metadata.labels}']);
    expect(labels).not.toContain('linkerd.io/inject');
    await runLine(ignore!);
    expect(await policies()).toEqual(['Ignore', 'Ignore']);
    await expect(install(helm4, cp)).rejects.toThrow(/conflict with "kubectl-patch"/);
    await install(helm4, cp, { flags: ['--force-conflicts'] });
    expect(await policies()).toEqual(['Fail', 'Ignore']);
    await runLine(remove!);
    await expect(readConfiguration()).rejects.toThrow(/not found/);
    await install(helm4, cp);
    expect(await policies()).toEqual(['Fail', 'Ignore']);
  });

  it('says the same in the notes of the chart', async () => {
    const args = ['get', 'notes', 'outrigger', '--namespace=outrigger'];
    const notes = await helm4.ok(args);
    for (const line of await linesOf('Breaking the glass')) expect(notes).toContain(line);
  });
});

it('values of a certificate of others never ask for rights on Secrets', async () => {
  expect(await template(helm4, { certificates: providedBy(cp) })).not.toContain('resources: [secrets]');
});
