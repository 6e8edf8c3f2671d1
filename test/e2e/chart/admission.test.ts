/** Who is asked about what: the chart's webhook configurations in a real API server, with the real program behind them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { podManifest, workload } from '../api/pods.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { createDryRun, createNamespace, type Manifest } from '../cluster/objects.ts';
import { readCertManagerDefinitions } from '../parts/cert-manager.ts';
import { pollUntil } from '../poll-until.ts';
import { objectsIn, openHelm, template, type Helm } from './helm.ts';
import { install, pathsAsked, serveRelease, type Served } from './installed.ts';

const trigger = 'linkerd.io/inject';

const namespaces = {
  plain: {},
  enabled: { [trigger]: 'enabled' },
  ingress: { [trigger]: 'ingress' },
  disabled: { [trigger]: 'disabled' },
  typo: { [trigger]: 'enabeld' },
  'opted-out': { [trigger]: 'enabled', 'config.linkerd.io/admission-webhooks': 'disabled' },
} as const;

let cp: ControlPlane;
let helm: Helm;
let served: Served;

beforeAll(async () => {
  cp = await startControlPlane();
  helm = await openHelm('helm 4', cp.kubeconfig);
  // Before there is anybody who refuses the typo.
  for (const [name, labels] of Object.entries(namespaces)) await createNamespace(cp, name, { labels });
  await install(helm, cp);
  served = await serveRelease(cp);
  await settle();
});

afterAll(async () => {
  await served?.stop('SIGKILL');
  await helm?.close();
  await cp?.stop();
});

/** Polls until a new configuration is in effect, by what it must do. */
async function settle(): Promise<void> {
  await createNamespace(cp, 'settled', { labels: { [trigger]: 'enabled' } });
  await pollUntil(
    async () => (await pathsAsked(served, () => createDryRun(cp, podManifest('settled', 'dry')))).length > 0,
    { timeoutMs: 30_000, what: 'the webhook to be called' },
  );
}

describe('each golden', () => {
  it.each(['default', 'provided', 'cert-manager', 'everything'])(
    '%s is accepted by the API server, strictly',
    async (name) => {
      const file = join(import.meta.dirname, 'golden', name, 'values.yaml');
      const objects = objectsIn(
        await template(helm, parse(await readFile(file, 'utf8')) as object, 'golden'),
      ).filter(
        ({ kind, metadata }) =>
          kind !== 'SecurityContextConstraints' && metadata.annotations?.['helm.sh/hook'] === undefined,
      );
      if (name === 'cert-manager') {
        for (const definition of await readCertManagerDefinitions())
          await cp.kubectlOk(['apply', '--server-side', '-f', '-'], { stdin: definition });
        await cp.kubectlOk(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
        expect(objects.map(({ kind }) => kind)).toContain('Certificate');
      }
      const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      const args = [
        'apply',
        '--server-side',
        '--dry-run=server',
        '--validate=strict',
        '--force-conflicts',
        '-f',
        '-',
      ];
      const { code, stderr } = await cp.kubectl(args, { stdin });
      expect([code, stderr]).toEqual([0, '']);
    },
  );
});

const wishes = {
  absent: {},
  enabled: { [trigger]: 'enabled' },
  disabled: { [trigger]: 'disabled' },
  typo: { [trigger]: 'on' },
};

const labelled = ['/mutate/labelled'];
const other = ['/mutate'];
const nobody: string[] = [];
const everywhere = (paths: string[]) => ({ absent: paths, enabled: paths, disabled: paths, typo: paths });
const annotated = { absent: nobody, enabled: other, disabled: nobody, typo: other };

/** Namespace, then the pod's own annotation. */
const byLabel = {
  plain: annotated,
  enabled: everywhere(labelled),
  ingress: everywhere(labelled),
  disabled: annotated,
  typo: annotated,
  'opted-out': everywhere(nobody),
  outrigger: everywhere(nobody),
  'kube-system': everywhere(nobody),
  'kube-public': everywhere(nobody),
};

const byAny = {
  ...byLabel,
  plain: { ...annotated, absent: other },
  typo: { ...annotated, absent: other },
};

/** Whether the pod passes or is refused is the program's business; here it counts who was asked. */
async function askedAbout(namespace: string, annotations: Record<string, string>): Promise<string[]> {
  const manifest = podManifest(namespace, 'asked', { annotations });
  return pathsAsked(served, () => createDryRun(cp, manifest).catch(() => undefined));
}

async function matrix() {
  const rows: Record<string, Record<string, string[]>> = {};
  for (const namespace of Object.keys(byLabel)) {
    const row: Record<string, string[]> = {};
    for (const [wish, annotations] of Object.entries(wishes))
      row[wish] = await askedAbout(namespace, annotations);
    rows[namespace] = row;
  }
  return rows;
}

describe('pods', () => {
  beforeAll(async () => {
    // Labels do not help where the chart leaves a namespace out by its name.
    for (const name of ['outrigger', 'kube-system', 'kube-public'])
      await cp.kubectlOk(['label', 'namespace', name, `${trigger}=enabled`]);
  });

  it('are sent by the namespace’s label, else by their own annotation', async () => {
    expect(await matrix()).toEqual(byLabel);
  });

  it('that mirror a static pod are not sent', async () => {
    expect(await askedAbout('enabled', { 'kubernetes.io/config.mirror': 'x' })).toEqual([]);
  });

  it('on the host’s network are sent, so that the reason can be told', async () => {
    const manifest = podManifest('enabled', 'host', { spec: { hostNetwork: true } });
    expect(await pathsAsked(served, () => createDryRun(cp, manifest))).toEqual(labelled);
  });

  it('are all sent with selectBy: any, but for those that are never injected', async () => {
    await install(helm, cp, { values: { config: { injection: { selectBy: 'any' } } } });
    await pollUntil(async () => (await askedAbout('plain', {})).length > 0, {
      timeoutMs: 30_000,
      what: 'the wider selector to be in effect',
    });
    expect(await matrix()).toEqual(byAny);
    await install(helm, cp);
  });
});

const isAsked = async (happening: () => Promise<unknown>) =>
  (await pathsAsked(served, happening)).includes('/advise');

const apply = (manifest: object, ...args: string[]) =>
  cp.kubectlOk(['apply', '--server-side', '--force-conflicts', ...args, '-f', '-'], {
    stdin: JSON.stringify(manifest),
  });

/** The controllers of these tests run as an administrator: what they write about a Deployment is sent as well. */
const waitForRevision = (revision: string) =>
  pollUntil(
    async () => {
      const path = 'jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}';
      return (await cp.kubectlOk(['get', 'deployment/web', '--namespace=plain', '-o', path])) === revision;
    },
    { timeoutMs: 30_000, what: `revision ${revision} of the Deployment` },
  );

const writeJob = (name: string, ...flags: string[]) => apply(workload('Job', 'plain', name), ...flags);

const serviceWith = (annotations: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'plain', annotations },
  spec: { ports: [{ port: 80 }] },
});

describe('what is advised on', () => {
  const deployment = workload('Deployment', 'plain', 'web') as Manifest & { spec: object };

  it('a bad value on a namespace is refused where it is written', async () => {
    const args = ['annotate', 'namespace', 'plain', 'config.linkerd.io/skip-outbound-ports=4406x'];
    await expect(cp.kubectlOk(args)).rejects.toThrow(/advise\.outrigger\.dev.*4406x/su);
  });

  it('a workload that a person writes, and changes in what counts', async () => {
    expect(await isAsked(() => apply(deployment))).toBe(true);
    await waitForRevision('1');
    expect(await isAsked(() => apply({ ...deployment, spec: { ...deployment.spec, replicas: 3 } }))).toBe(
      false,
    );
    expect(
      await isAsked(() => cp.kubectlOk(['scale', 'deployment/web', '--namespace=plain', '--replicas=2'])),
    ).toBe(false);
    expect(await isAsked(() => cp.kubectlOk(['label', 'deployment/web', '--namespace=plain', 'a=b']))).toBe(
      true,
    );
    expect(
      await isAsked(() => cp.kubectlOk(['rollout', 'restart', 'deployment/web', '--namespace=plain'])),
    ).toBe(true);
    await waitForRevision('2');
    const cronJob = workload('CronJob', 'plain', 'nightly') as Manifest & { spec: object };
    expect(await isAsked(() => apply(cronJob))).toBe(true);
    expect(await isAsked(() => apply({ ...cronJob, spec: { ...cronJob.spec, suspend: true } }))).toBe(false);
  });

  it('nothing that the cluster’s own controllers write', async () => {
    const as = [
      '--as=system:serviceaccount:kube-system:any',
      '--as-group=system:serviceaccounts:kube-system',
    ];
    const masters = ['--as-group=system:masters'];
    expect(await isAsked(() => writeJob('one', ...as, ...masters))).toBe(false);
    expect(await isAsked(() => writeJob('two', '--as=somebody', ...masters))).toBe(true);
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'u', controller: true };
    const owned = workload('Job', 'plain', 'three');
    const withOwner = { ...owned, metadata: { ...owned.metadata, ownerReferences: [owner] } };
    expect(await isAsked(() => apply(withOwner, '--dry-run=server'))).toBe(false);
  });

  it('Services with a key of ours', async () => {
    expect(await isAsked(() => apply(serviceWith({ team: 'shop' })))).toBe(false);
    expect(await isAsked(() => apply(serviceWith({ 'config.linkerd.io/opaque-ports': '80' })))).toBe(true);
  });
});

describe('a second release', () => {
  it('of the same domain fails, and says who serves it', async () => {
    await expect(install(helm, cp, { release: 'second', namespace: 'second' })).rejects.toThrow(
      /outrigger-injector-linkerd-io serves the domain linkerd\.io already \(release outrigger\/outrigger\)/u,
    );
  });

  it('of another domain lives beside the first', async () => {
    const domain = 'mesh.example-company.com';
    const values = { config: { annotationDomain: domain } };
    await install(helm, cp, { release: 'second', namespace: 'second', values });
    const second = await serveRelease(cp, { release: 'second-outrigger', namespace: 'second' });
    try {
      await createNamespace(cp, 'theirs', { labels: { [`${domain}/inject`]: 'enabled' } });
      const ask = () => createDryRun(cp, podManifest('theirs', 'dry'));
      await pollUntil(async () => (await pathsAsked(second, ask)).length > 0, {
        timeoutMs: 30_000,
        what: 'the second webhook to be called',
      });
      expect(await pathsAsked(served, ask)).toEqual([]);
      const first = () => createDryRun(cp, podManifest('enabled', 'dry'));
      expect(await pathsAsked(second, first)).toEqual([]);
      expect(await pathsAsked(served, first)).toEqual(labelled);
    } finally {
      await second.stop('SIGKILL');
      await helm.ok(['uninstall', 'second', '--namespace=second']);
    }
  });
});
