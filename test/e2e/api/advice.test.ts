import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace } from '../cluster/objects.ts';
import { createLabelledNamespace, inject, setting, workload, workloadKinds } from './pods.ts';
import { startRig, type Rig } from './rig.ts';

const skipOut = setting('skip-outbound-ports');

let rig: Rig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startRig();
  ({ cp } = rig);
});
afterAll(() => rig?.stop());

interface Namespace {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

async function getNamespace(name: string): Promise<Namespace> {
  return JSON.parse((await cp.get(`/api/v1/namespaces/${name}`)).body) as Namespace;
}

const annotate = (namespace: string, ...annotations: string[]) =>
  cp.kubectl(['annotate', '--overwrite', 'namespace', namespace, ...annotations]);

describe('a bad value on a namespace', () => {
  it('is denied where it is written, and the namespace stays as it was', async () => {
    await createLabelledNamespace(cp, 'shop', { [skipOut]: '4406' });
    const before = await getNamespace('shop');
    const { code, stderr } = await annotate('shop', `${skipOut}=4406x`);
    expect(code).toBe(1);
    expect(stderr).toContain('admission webhook "advise.outrigger.test" denied the request: ');
    expect(stderr).toMatch(/namespace annotation config\.linkerd\.io\/skip-outbound-ports: "4406x" is not/);
    expect(await getNamespace('shop')).toEqual(before);
  });

  it('is denied when the namespace is made, with all that is wrong with it', async () => {
    const metadata = {
      name: 'never',
      labels: { [inject]: 'enabeld' },
      annotations: { [skipOut]: '0', [setting('proxy-cpu-limit')]: 'much' },
    };
    const applied = applyManifests(cp, [{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
    const refusal = await applied.then(String, String);
    expect(refusal).toMatch(/linkerd\.io\/inject: "enabeld" is not one of .*did you mean enabled\?/);
    expect(refusal).toMatch(/skip-outbound-ports: "0" is out of bounds/);
    expect(refusal).toMatch(/proxy-cpu-limit: "much" is not a quantity/);
    expect((await cp.get('/api/v1/namespaces/never')).status).toBe(404);
  });

  it('that came while the webhook was away stops no other change, but no other bad value comes', async () => {
    await createNamespace(cp, 'neglected');
    const installed = await rig.install();
    await installed.remove();
    expect(await annotate('neglected', `${skipOut}=4406x`)).toMatchObject({ code: 0 });
    await rig.install();
    expect(await cp.kubectl(['label', 'namespace', 'neglected', 'team=blue'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await annotate('neglected', 'example.com/owner=blue')).toMatchObject({ code: 0, stderr: '' });
    expect(await annotate('neglected', `${skipOut}=4407x`)).toMatchObject({ code: 1 });
    expect((await getNamespace('neglected')).metadata.annotations).toMatchObject({
      [skipOut]: '4406x',
      'example.com/owner': 'blue',
    });
    expect(await annotate('neglected', `${skipOut}=4407`)).toMatchObject({ code: 0 });
  });

  it('does not keep a namespace from being deleted', async () => {
    await createNamespace(cp, 'doomed');
    await cp.kubectlOk(['delete', 'namespace', 'doomed']);
    expect((await cp.get('/api/v1/namespaces/doomed')).status).toBe(404);
  });
});

describe('an unknown key on a namespace', () => {
  it('is stored, with a warning that names the nearest', async () => {
    await createNamespace(cp, 'typo');
    const { code, stderr } = await annotate('typo', `${setting('skip-outbond-ports')}=4406`);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^Warning: .*skip-outbond-ports is unknown.*did you mean .*skip-outbound-ports\?/m,
    );
  });
});

describe('a label on a namespace whose pod security refuses the init container', () => {
  it('is stored, with a warning', async () => {
    await createNamespace(cp, 'strict', {
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
    const { code, stderr } = await cp.kubectl(['label', 'namespace', 'strict', `${inject}=enabled`]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: namespace strict enforces pod security "restricted"/m);
  });
});

describe('a mistake in a workload', () => {
  beforeAll(() => createLabelledNamespace(cp, 'work'));

  it.each(workloadKinds)('is warned about when it is applied, and never denied: %s', async (kind) => {
    const name = kind.toLowerCase();
    const annotations = { [skipOut]: '4406x' };
    // Nothing of it may run: what is at stake is what the author reads.
    const idle = { Deployment: { replicas: 0 }, StatefulSet: { replicas: 0 }, Job: { suspend: true } };
    const parts = { annotations, workload: { ...idle[kind as keyof typeof idle] } };
    const stderr = await applyManifests(cp, [workload(kind, 'work', name, parts)]);
    expect(stderr).toMatch(/^Warning: pod annotation .*skip-outbound-ports: "4406x" is not/m);
    await expect(cp.kubectlOk(['get', kind, name, '--namespace=work'])).resolves.toContain(name);
  });

  it('such as a misspelt key is warned about with the nearest', async () => {
    const annotations = { [setting('skip-outbond-ports')]: '4406' };
    const stderr = await applyManifests(cp, [
      workload('Deployment', 'work', 'misspelt', { annotations, workload: { replicas: 0 } }),
    ]);
    expect(stderr).toMatch(
      /^Warning: .*skip-outbond-ports is unknown.*did you mean .*skip-outbound-ports\?/m,
    );
  });

  it('such as an annotation on the workload itself is warned about', async () => {
    const manifest = workload('Deployment', 'work', 'misplaced', { workload: { replicas: 0 } });
    const metadata = { ...manifest.metadata, annotations: { [skipOut]: '4406' } };
    const stderr = await applyManifests(cp, [{ ...manifest, metadata }]);
    expect(stderr).toMatch(/^Warning: .*skip-outbound-ports does nothing here/m);
  });

  it('is the only thing that is warned about', async () => {
    const stderr = await applyManifests(cp, [
      workload('Deployment', 'work', 'sound', { annotations: { [skipOut]: '4406' } }),
    ]);
    expect(stderr).toBe('');
  });
});
