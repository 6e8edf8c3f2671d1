import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLabelledNamespace, setting, workload } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { appContainer, createService, deployment, httpPort, service, webContainer } from './apps.ts';
import { listPods, logOf, statusOf, waitForPodsThat, waitForReadyPod } from './pods.ts';
import { startPodsRig, type PodsRig } from './rig.ts';
import { listRules } from './rules.ts';

let rig: PodsRig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startPodsRig();
  cp = rig.cp;
});

afterAll(() => rig?.stop());

describe.concurrent('a Job', () => {
  const namespace = 'jobs';
  let address: string;

  beforeAll(async () => {
    await createLabelledNamespace(cp, namespace);
    address = await createService(cp, service(namespace, 'web', [{ port: 80, targetPort: httpPort }]));
    await applyManifests(cp, [deployment(namespace, 'web')]);
    await waitForReadyPod(cp, namespace, 'web');
  });

  it.each([
    ['Succeeded', 0, '/', 'Complete', 'hello from web-'],
    ['Failed', 1, '/broken', 'Failed', ''],
  ])('ends as %s when its container ends with %i, and takes its sidecar along', async (...row) => {
    const [phase, exitCode, path, condition, output] = row;
    const name = `job-${phase.toLowerCase()}`;
    const containers = [appContainer('ask', ['get', `http://${address}${path}`])];
    await applyManifests(cp, [
      workload('Job', namespace, name, { spec: { containers }, workload: { backoffLimit: 0 } }),
    ]);
    const [pod] = await waitForPodsThat(cp, { namespace, app: name }, ({ status }) => status.phase === phase);
    expect(statusOf(pod!, 'ask').state.terminated).toMatchObject({ exitCode });
    expect(statusOf(pod!, 'outrigger-proxy').state.terminated).toMatchObject({ exitCode: 0 });
    expect(await logOf(pod!, 'ask', cp)).toContain(output);
    await cp.kubectlOk([
      'wait',
      `job/${name}`,
      `--namespace=${namespace}`,
      `--for=condition=${condition}`,
      '--timeout=30s',
    ]);
  });
});

describe.concurrent('a pod that is deleted', () => {
  const namespace = 'deleted';
  const graceSeconds = 30;

  beforeAll(() => createLabelledNamespace(cp, namespace));

  it.each([
    ['at once', []],
    ['after serving on for two seconds', ['--grace=2s']],
  ])('is gone within its grace period when its application ends %s', async (_, args) => {
    const app = args.length === 0 ? 'fast' : 'slow';
    const spec = { containers: [webContainer(args)], terminationGracePeriodSeconds: graceSeconds };
    await applyManifests(cp, [deployment(namespace, app, { spec })]);
    await waitForReadyPod(cp, namespace, app);

    const start = performance.now();
    await cp.kubectlOk(['delete', 'deployment', app, `--namespace=${namespace}`, '--wait']);
    await pollUntil(async () => (await listPods(cp, namespace, app)).length === 0, {
      timeoutMs: 2 * graceSeconds * 1000,
      what: 'the pod to be gone',
    });
    expect(performance.now() - start).toBeLessThan(graceSeconds * 1000);
  });
});

describe.concurrent('an annotation of the namespace', () => {
  const namespace = 'ruled';

  it('changes the rules in the pods that a restart makes, and not those before', async () => {
    await createLabelledNamespace(cp, namespace);
    await applyManifests(cp, [deployment(namespace, 'web')]);
    const before = await waitForReadyPod(cp, namespace, 'web');
    const annotation = `${setting('skip-outbound-ports')}=4406`;
    await cp.kubectlOk(['annotate', 'namespace', namespace, annotation]);
    const old = await listRules(rig.cluster, before);
    expect(old.join('\n')).toContain('--to-ports 4140');
    expect(old.filter((rule) => rule.includes('4406'))).toEqual([]);

    await cp.kubectlOk(['rollout', 'restart', 'deployment/web', `--namespace=${namespace}`]);
    const [after] = await waitForPodsThat(
      cp,
      { namespace, app: 'web' },
      (pod) => pod.metadata.name !== before.metadata.name,
    );
    const rules = await listRules(rig.cluster, after!);
    expect(rules.filter((rule) => /--dports? 4406\b.*-j RETURN/u.test(rule))).toHaveLength(1);
  });
});
