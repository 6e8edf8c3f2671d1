import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace, listObjects } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { readMetric } from './metrics.ts';
import {
  createLabelledNamespace,
  createPod,
  enabled,
  injected,
  listEvents,
  ours,
  podManifest,
  setting,
  web,
  workload,
  type Pod,
} from './pods.ts';
import type { Program } from './program.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;
let program: Program;

beforeAll(async () => {
  rig = await startRig();
  ({ cp, program } = rig);
});
afterAll(() => rig?.stop());

describe('a thousand pods at once', () => {
  const count = 1000;

  it('are injected, every one', async () => {
    await createLabelledNamespace(cp, 'thousand');
    await applyManifests(cp, [workload('Deployment', 'thousand', 'web', { workload: { replicas: count } })]);
    const path = '/apis/apps/v1/namespaces/thousand/deployments/web';
    await pollUntil(
      async () => {
        const { status } = JSON.parse((await cp.get(path)).body) as { status: { replicas?: number } };
        return status.replicas === count;
      },
      { timeoutMs: 110_000, what: `${count} pods`, intervalMs: 500 },
    );
    const pods = await listObjects<Pod>(cp, '/api/v1/namespaces/thousand/pods');
    expect(pods).toHaveLength(count);
    const bare = pods.filter((pod) => ours(pod).join() !== injected.join());
    expect(bare.map(({ metadata }) => metadata.name)).toEqual([]);
  });

  it('make one event, as they have one owner', async () => {
    const made = (await listEvents(cp, 'thousand')).filter(({ source }) => source.component === 'outrigger');
    expect(made.map(({ reason }) => reason)).toEqual(['Injected']);
  });
});

describe('the metrics', () => {
  interface Counted {
    readonly entry: string;
    readonly path: string;
  }
  const entries: readonly Counted[] = [
    { entry: 'labelled.outrigger.test', path: '/mutate/labelled' },
    { entry: 'annotated.outrigger.test', path: '/mutate' },
    { entry: 'advise.outrigger.test', path: '/advise' },
  ];

  it('count the reviews that the API server counts, path by path', async () => {
    await createLabelledNamespace(cp, 'counted');
    await createNamespace(cp, 'counted-off');
    await createPod(cp, podManifest('counted-off', 'in', { annotations: enabled }));
    const bad = { [setting('skip-outbound-ports')]: '4406x' };
    await expect(createPod(cp, podManifest('counted', 'bad', { annotations: bad }))).rejects.toThrow(
      /denied the request/,
    );
    const [theirs, own] = [await cp.metrics(), await program.metrics()];
    for (const { entry, path } of entries) {
      const called = readMetric(theirs, 'apiserver_admission_webhook_request_total', { name: entry });
      expect(called, entry).toBeGreaterThan(0);
      expect(readMetric(own, 'outrigger_admission_requests_total', { path }), entry).toBe(called);
    }
  });

  it('agree with the API server about refusals, and neither knows of a failure', async () => {
    const [theirs, own] = [await cp.metrics(), await program.metrics()];
    const refused = readMetric(theirs, 'apiserver_admission_webhook_rejection_count', {
      name: 'labelled.outrigger.test',
    });
    const ofUs = readMetric(theirs, 'apiserver_admission_webhook_rejection_count', {
      name: 'labelled.outrigger.test',
      error_type: 'no_error',
    });
    expect([refused, ofUs]).toEqual([1, 1]);
    expect(readMetric(own, 'outrigger_admission_requests_total', { outcome: 'rejected' })).toBe(1);
    expect(readMetric(theirs, 'apiserver_admission_webhook_fail_open_count')).toBe(0);
    for (const outcome of ['error', 'bad_request', 'busy'])
      expect(readMetric(own, 'outrigger_admission_requests_total', { outcome }), outcome).toBe(0);
  });
});

describe('the log', () => {
  it('has a line for each review and no complaint, and nothing of the pod or of anybody’s annotations', async () => {
    const secrets = {
      value: 'setting-of-the-namespace',
      bad: 'unreadable-value',
      other: 'foreign-annotation',
      variable: 'environment-secret',
      image: 'registry.invalid/secret-image:7',
    };
    const variables = JSON.stringify([{ name: 'TOKEN', value: secrets.value }]);
    await createLabelledNamespace(cp, 'discreet', { [setting('proxy-additional-env')]: variables });
    const spec = {
      containers: [{ ...web, image: secrets.image, env: [{ name: 'PASSWORD', value: secrets.variable }] }],
    };
    const annotations = { 'example.com/note': secrets.other };
    const pod = await createPod(cp, podManifest('discreet', 'web', { annotations, spec }));
    // That they were there to be logged at all:
    for (const secret of [secrets.value, secrets.other, secrets.variable, secrets.image])
      expect(JSON.stringify(pod)).toContain(secret);
    const bad = { ...annotations, [setting('opaque-ports')]: secrets.bad };
    await expect(createPod(cp, podManifest('discreet', 'bad', { annotations: bad, spec }))).rejects.toThrow(
      secrets.bad,
    );
    const args = ['annotate', 'namespace', 'discreet', `${setting('opaque-ports')}=${secrets.bad}`];
    const denied = await cp.kubectl(args);
    expect(denied.stderr).toContain(secrets.bad);

    const lines = await pollUntil(
      async () => {
        const all = await program.log();
        return reviewsOf(all, 'discreet').length >= 2 && all;
      },
      { timeoutMs: 10_000, what: 'the lines of both reviews' },
    );
    expect(reviewsOf(lines, 'discreet').map(({ outcome }) => outcome)).toEqual(['injected', 'rejected']);
    const metrics = await program.metrics();
    // Everything so far was allowed to it and went well, its list, watch and events included.
    expect(linesOf(lines).filter(({ level }) => level > infoLevel)).toEqual([]);
    const found = Object.values(secrets).filter((secret) => `${lines}${metrics}`.includes(secret));
    expect(found).toEqual([]);
  });
});

const infoLevel = 30;

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly path?: string;
  readonly namespace?: string;
  readonly outcome?: string;
}

/** The complete lines; the last one may still be on its way. */
function linesOf(log: string): LogLine[] {
  return log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine);
}

function reviewsOf(log: string, namespace: string): LogLine[] {
  return linesOf(log).filter(
    (line) => line.msg === 'review' && line.path !== '/advise' && line.namespace === namespace,
  );
}
