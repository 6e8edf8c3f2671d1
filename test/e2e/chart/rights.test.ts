/** Used = granted: what the program asks of the API server, by its audit log, against what the chart lets it do. */
import { cp as copyFolder, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podManifest, workload } from '../api/pods.ts';
import { sendHttp } from '../api/http-text.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { chartDir, openHelm, type Helm } from './helm.ts';
import { install, serveRelease, type Served } from './installed.ts';

let dir: string;
let cp: ControlPlane;
let helm: Helm;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outrigger-e2e-audit-'));
  const users = ['system:serviceaccount:outrigger:outrigger'];
  const rules = [{ level: 'Metadata', users, omitStages: ['RequestReceived'] }, { level: 'None' }];
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules };
  await writeFile(join(dir, 'policy.json'), JSON.stringify(policy));
  const apiServerArgs = [
    `--audit-policy-file=${join(dir, 'policy.json')}`,
    `--audit-log-path=${join(dir, 'log')}`,
  ];
  cp = await startControlPlane({ apiServerArgs });
  helm = await openHelm('helm 4', cp.kubeconfig);
});

afterAll(async () => {
  await helm?.close();
  await cp?.stop();
  await rm(dir, { recursive: true, force: true });
});

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly name?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** `verb resource`, each once; what any account may read (/version) is no right of ours. */
async function used(): Promise<string[]> {
  const lines = (await readFile(join(dir, 'log'), 'utf8')).split('\n').filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  const refused = events.filter(
    ({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid',
  );
  expect(refused).toEqual([]);
  return [
    ...new Set(events.flatMap(({ verb, objectRef }) => (objectRef ? [`${verb} ${objectRef.resource}`] : []))),
  ].toSorted();
}

async function granted(): Promise<string[]> {
  interface Role {
    readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
  }
  const selector = '--selector=app.kubernetes.io/instance=outrigger';
  const roles = await cp.kubectlOk([
    'get',
    'clusterroles,roles',
    '--namespace=outrigger',
    selector,
    '-o',
    'json',
  ]);
  const { items } = JSON.parse(roles) as { items: readonly Role[] };
  const rules = items.flatMap((role) => role.rules);
  return [
    ...new Set(
      rules.flatMap(({ resources, verbs }) =>
        resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}`)),
      ),
    ),
  ].toSorted();
}

/** What makes the program ask for everything: a namespace that it has not heard of, and a pod that it refuses. */
async function provoke(served: Served): Promise<void> {
  await createNamespace(cp, 'shop', {
    labels: { 'linkerd.io/inject': 'enabled' },
    annotations: { 'config.linkerd.io/skip-outbound-ports': 'x' },
  });
  // An Event tells of a pod that was refused, on what would own it.
  await applyManifests(cp, [workload('Deployment', 'shop', 'web')]);
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'a',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'unheard-of',
      operation: 'CREATE',
      userInfo: {},
      object: podManifest('unheard-of', 'web', { annotations: { 'linkerd.io/inject': 'enabled' } }),
    },
  };
  await sendHttp(`${served.url}/mutate`, { method: 'POST', json: review, rejectUnauthorized: false });
}

/** Polls until all that is granted was used, or for as long as that may take. */
async function usedOf(wanted: readonly string[]): Promise<string[]> {
  const isComplete = async () => (await used()).length >= wanted.length;
  await pollUntil(isComplete, { timeoutMs: 30_000, what: 'the audit log' }).catch(() => undefined);
  return used();
}

const onKind = (kind: string, verbs: string[]) => verbs.map((verb) => `${verb} ${kind}`);

const reading = ['get namespaces', 'list namespaces', 'watch namespaces'];

describe('rights', () => {
  it('with a certificate of somebody else are all used, and no other is missed', async () => {
    // Before anybody refuses the bad value.
    await install(helm, cp, { values: { webhook: { advise: false } } });
    const served = await serveRelease(cp);
    try {
      await provoke(served);
      const wanted = await granted();
      expect(wanted).toEqual(['create events', ...reading]);
      expect(await usedOf(wanted)).toEqual(wanted);
    } finally {
      await served.stop('SIGKILL');
    }
  });

  it('with its own are all used once the Secret was deleted, and helm still knows the new one', async () => {
    await install(helm, cp, { values: { certificates: { source: 'own' } } });
    const served = await serveRelease(cp, { isOwn: true });
    try {
      const secret = ['secret', 'outrigger-certificate', '--namespace=outrigger'];
      await cp.kubectlOk(['delete', ...secret]);
      await pollUntil(() => cp.kubectlOk(['get', ...secret]), {
        timeoutMs: 60_000,
        what: 'the Secret to be back',
      });
      const wanted = await granted();
      const configurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];
      expect(wanted).toEqual(
        [
          'create events',
          ...reading,
          ...configurations.flatMap((kind) => onKind(kind, ['get', 'list', 'watch', 'patch'])),
          ...onKind('secrets', ['create', 'get', 'list', 'watch', 'update']),
        ].toSorted(),
      );
      expect(await usedOf(wanted)).toEqual(wanted);
      const newer = join(dir, 'newer');
      await copyFolder(chartDir, newer, { recursive: true });
      const file = join(newer, 'Chart.yaml');
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/ersion: 0\S+/gu, 'ersion: 9.9.9'));
      await install(helm, cp, { chart: newer, values: { certificates: { source: 'own' } } });
    } finally {
      await served.stop('SIGKILL');
    }
    await helm.ok(['uninstall', 'outrigger', '--namespace=outrigger', '--wait']);
    expect(await cp.kubectlOk(['get', 'secrets', '--namespace=outrigger', '-o', 'name'])).toBe('');
  });
});
