import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import { isRunning } from '../process/child.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { installWebhook, type InstalledWebhook } from './install-webhook.ts';
import { calledLabel, startLabellingWebhook, type LabellingWebhook } from './labelling-webhook.ts';
import {
  applyManifests,
  createDryRun,
  createNamespace,
  createNode,
  waitForPods,
  type Manifest,
} from './objects.ts';
import { writeServiceAccountKubeconfig } from './service-account.ts';

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly spec: { readonly containers: readonly { readonly resources: object }[] };
}

const container = { name: 'web', image: 'registry.invalid/web:1' };
let cp: ControlPlane;

beforeAll(async () => {
  cp = await startControlPlane();
});
afterAll(() => cp?.stop());

function workload(kind: 'Deployment' | 'DaemonSet', namespace: string, name: string): Manifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

function pod(namespace: string, annotations: Record<string, string> = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'p-', namespace, annotations },
    spec: { containers: [container] },
  };
}

describe('a control plane', () => {
  it('has the pinned version and only loopback addresses', async () => {
    const { body } = await cp.get('/version');
    expect(JSON.parse(body)).toMatchObject({ gitVersion: 'v1.35.4', major: '1', minor: '35' });
    expect(new URL(cp.url).hostname).toBe('127.0.0.1');
  });

  it('makes the pods of a Deployment, and of a DaemonSet once there is a node', async () => {
    await createNamespace(cp, 'shop');
    await applyManifests(cp, [workload('Deployment', 'shop', 'web'), workload('DaemonSet', 'shop', 'agent')]);
    await expect(waitForPods<Pod>(cp, 'shop', { selector: 'app=web' })).resolves.toHaveLength(1);
    await createNode(cp, 'node-1');
    await expect(waitForPods<Pod>(cp, 'shop', { selector: 'app=agent' })).resolves.toHaveLength(1);
  });

  it('runs built-in admission: a LimitRange fills in, Pod Security refuses', async () => {
    await createNamespace(cp, 'strict', {
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
    await expect(createDryRun(cp, pod('strict'))).rejects.toThrow(/violates PodSecurity "restricted:latest"/);
    await createNamespace(cp, 'limited');
    const limits = [{ type: 'Container', default: { cpu: '200m' } }];
    await applyManifests(cp, [
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'default', namespace: 'limited' },
        spec: { limits },
      },
    ]);
    const limitedPod = await pollUntil(
      async () => {
        const stored = await createDryRun<Pod>(cp, pod('limited'));
        return 'limits' in stored.spec.containers[0]!.resources && stored;
      },
      { timeoutMs: 20_000, what: 'the LimitRange to be in effect' },
    );
    expect(limitedPod.spec.containers[0]!.resources).toMatchObject({ limits: { cpu: '200m' } });
  });

  it('quotes what kubectl said when it had to work and did not', async () => {
    await expect(cp.kubectlOk(['get', 'pod', 'nobody'])).rejects.toThrow(/pods "nobody" not found/);
    await expect(cp.kubectl(['get', 'pod', 'nobody'])).resolves.toMatchObject({ code: 1 });
  });
});

describe('a service account', () => {
  it('may do with its own kubeconfig what RBAC allows', async () => {
    const kubeconfig = await writeServiceAccountKubeconfig(cp, 'default', 'default');
    const list = ['get', 'namespaces', `--kubeconfig=${kubeconfig}`];
    await expect(cp.kubectlOk(list)).rejects.toThrow(/system:serviceaccount:default:default.*cannot list/);
    const binding = ['--clusterrole=view', '--serviceaccount=default:default'];
    await cp.kubectlOk(['create', 'clusterrolebinding', 'default-views', ...binding]);
    await pollUntil(() => cp.kubectlOk(list), { timeoutMs: 20_000, what: 'the binding to count' });
  });
});

describe('a control plane that cannot start', () => {
  it('says why with the end of the log, and leaves nothing', async () => {
    const dir = join(tmpdir(), `outrigger-e2e-${process.pid}-broken`);
    await expect(startControlPlane({ dir, apiServerArgs: ['--no-such-flag'] })).rejects.toThrow(
      /kube-apiserver ended at once[^]*unknown flag: --no-such-flag/,
    );
    expect(existsSync(dir)).toBe(false);
  });
});

describe('an installed webhook', () => {
  let webhook: LabellingWebhook;
  let installed: InstalledWebhook;

  beforeAll(async () => {
    webhook = await startLabellingWebhook(await cp.ca.issueServer(['127.0.0.1']));
    await createNamespace(cp, 'labelled', { labels: { 'linkerd.io/inject': 'enabled' } });
    await createNamespace(cp, 'plain');
    installed = await installWebhook(cp, {
      url: webhook.url,
      caBundle: cp.ca.certificate,
      failurePolicy: 'Fail',
    });
  });
  afterAll(() => webhook?.close());

  const enabled = { 'linkerd.io/inject': 'enabled' };
  const disabled = { 'linkerd.io/inject': 'disabled' };
  it.each([
    ['labelled', {}, 'mutate.labelled'],
    ['labelled', enabled, 'mutate.labelled'],
    ['labelled', disabled, 'mutate.labelled'],
    ['plain', {}, undefined],
    ['plain', { 'example.com/other': 'x' }, undefined],
    ['plain', enabled, 'mutate'],
    ['plain', disabled, 'mutate'],
  ])(
    'is called for a pod of namespace %s with annotations %o on %s',
    async (namespace, annotations, path) => {
      const { metadata } = await createDryRun<Pod>(cp, pod(namespace, annotations));
      expect(metadata.labels?.[calledLabel]).toBe(path);
    },
  );

  it('changes the pods of a Deployment, and counts in the metrics of the API server', async () => {
    await applyManifests(cp, [workload('Deployment', 'labelled', 'web')]);
    const [stored] = await waitForPods<Pod>(cp, 'labelled');
    expect(stored?.metadata.labels).toMatchObject({ app: 'web', [calledLabel]: 'mutate.labelled' });
    expect(await cp.metrics()).toMatch(
      /^apiserver_admission_webhook_request_total\{.*name="labelled\.outrigger\.test"/m,
    );
  });

  it('warns about workloads and namespaces', async () => {
    const job: Manifest = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'plain' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    };
    expect(await applyManifests(cp, [job])).toContain('Warning: seen by /advise');
    expect(await applyManifests(cp, [workload('Deployment', 'plain', 'api')])).toContain('seen by /advise');
    const { stderr } = await cp.kubectl(['label', 'namespace', 'plain', 'a=b']);
    expect(stderr).toContain('Warning: seen by /advise');
  });

  it('follows its failure policy when it is down: Fail in labelled namespaces, Ignore elsewhere', async () => {
    await webhook.close();
    await expect(createDryRun(cp, pod('labelled'))).rejects.toThrow(
      /failed calling webhook "labelled.outrigger.test".*connection refused/,
    );
    await expect(createDryRun(cp, pod('plain', enabled))).resolves.toBeDefined();
    await installWebhook(cp, { url: webhook.url, caBundle: cp.ca.certificate, failurePolicy: 'Ignore' });
    await expect(createDryRun(cp, pod('labelled'))).resolves.toBeDefined();
  });

  it('is no longer called once it is removed', async () => {
    const again = await installWebhook(cp, {
      url: webhook.url,
      caBundle: cp.ca.certificate,
      failurePolicy: 'Fail',
    });
    await again.remove();
    await installed.remove();
    await expect(createDryRun(cp, pod('labelled'))).resolves.toBeDefined();
  });
});

describe('a restarted API server', () => {
  it('keeps its state, and the controllers go on working', async () => {
    await cp.stopApiServer();
    await expect(cp.get('/readyz')).rejects.toThrow(/ECONNREFUSED/);
    await cp.startApiServer();
    await waitForPods(cp, 'shop', { count: 2 });
    await createNamespace(cp, 'later');
    await applyManifests(cp, [workload('Deployment', 'later', 'web')]);
    await expect(waitForPods<Pod>(cp, 'later')).resolves.toHaveLength(1);
  });
});

describe('stopping', () => {
  it('leaves no process and no file', async () => {
    const pids = cp.pids();
    expect(pids).toHaveLength(3);
    expect(pids.every(isRunning)).toBe(true);
    await cp.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(existsSync(cp.dir)).toBe(false);
  });
});
