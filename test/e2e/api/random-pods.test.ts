/**
 * Random pods that the API server takes as they are: it takes them with the sidecar as well, a second review has nothing
 * to add, and what `uninject` leaves is the pod as it would have been stored. `RANDOM_PODS=3000` makes more of them.
 */
import * as fc from 'fast-check';
import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { remove } from '../../../src/inject/apply.ts';
import type { Container, Pod, StringMap } from '../../../src/kubernetes.types.ts';
import { keys, manifestIn } from '../../inject/fixtures.ts';
import { completedPod } from '../../inject/random-pods.ts';
import { podReview, responseIn } from '../../webhook/reviews.ts';
import { createNamespace } from '../cluster/objects.ts';
import { createAdminApi, type AdminApi } from './admin-api.ts';
import { sendHttp } from './http-text.ts';
import { createLabelledNamespace } from './pods.ts';
import { startRig, type Rig } from './rig.ts';

const count = Number(process.env['RANDOM_PODS'] ?? 300);
const atATime = 8;

let rig: Rig;
let api: AdminApi;
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

beforeAll(async () => {
  rig = await startRig();
  api = await createAdminApi(rig.cp);
  await createLabelledNamespace(rig.cp, 'on');
  await createNamespace(rig.cp, 'off');
});
afterAll(async () => {
  agent.destroy();
  api?.close();
  await rig?.stop();
});

/** Without what only JSON allows: unknown fields, twice the same port, probes of containers that have none. */
function validContainer(container: Container, isInit: boolean): Container {
  const isSidecar = isInit && container.restartPolicy === 'Always';
  const { name, image, env, resources, ports } = container;
  const probed = isInit && !isSidecar ? {} : container;
  const { readinessProbe, livenessProbe, startupProbe } = probed as Container;
  return {
    name,
    image: image ?? 'app:1',
    env: env ?? [],
    resources: resources ?? {},
    ports: (ports ?? []).slice(0, 1),
    ...(isSidecar && { restartPolicy: 'Always' }),
    ...(readinessProbe && { readinessProbe }),
    ...(livenessProbe && { livenessProbe }),
    ...(startupProbe && { startupProbe }),
  };
}

function without(annotations: StringMap, key: string): StringMap {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== key));
}

interface Manifest extends Pod {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Pod['spec'] & { readonly automountServiceAccountToken: boolean };
}

const validPod = completedPod.map(({ metadata, spec }): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  // A wish of its own would have it injected in both namespaces.
  metadata: { name: 'random', annotations: without(metadata?.annotations ?? {}, keys.inject) },
  spec: {
    automountServiceAccountToken: false,
    ...(spec?.initContainers && {
      initContainers: spec.initContainers.map((each) => validContainer(each, true)),
    }),
    containers: (spec?.containers ?? []).map((each) => validContainer(each, false)),
    volumes: spec?.volumes ?? [],
  },
}));

/** What the API server would store, or undefined if it refuses. */
async function dryRun(namespace: string, pod: Pod): Promise<Pod | string> {
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`;
  const { status, body: text } = await api.send('POST', path, pod);
  const answer = JSON.parse(text) as Pod & { readonly message?: string };
  return status === 201 ? answer : (answer.message ?? text);
}

async function secondReview(pod: Pod): Promise<string | undefined> {
  const { port } = new URL(rig.program.url);
  const { status, body: text } = await sendHttp(`https://127.0.0.1:${port}/mutate/labelled`, {
    method: 'POST',
    agent,
    json: podReview(pod, { namespace: 'on' }),
  });
  return responseIn({ status, headers: {}, text }).patch;
}

async function checkPod(pod: Pod): Promise<'valid' | 'invalid'> {
  const plain = await dryRun('off', pod);
  if (typeof plain === 'string') return 'invalid';
  const stored = await dryRun('on', pod);
  if (typeof stored === 'string') throw new Error(`${stored}: ${JSON.stringify(pod)}`);
  if (stored.spec?.initContainers?.[0]?.name !== 'outrigger-init') throw new Error(JSON.stringify(stored));
  expect(await secondReview(stored)).toBeUndefined();
  const names = { init: 'outrigger-init', proxy: 'outrigger-proxy' };
  const back = remove(stored, manifestIn(stored), keys, names);
  expect(back.spec).toEqual(plain.spec);
  expect(back.metadata?.annotations).toEqual(plain.metadata?.annotations);
  return 'valid';
}

it(`${count} random pods are stored with the sidecar, once, and come back without it`, async () => {
  const pods = fc.sample(validPod, count);
  const verdicts: string[] = [];
  const work = async (): Promise<void> => {
    for (let pod = pods.pop(); pod; pod = pods.pop()) verdicts.push(await checkPod(pod));
  };
  await Promise.all(Array.from({ length: atATime }, work));
  const valid = verdicts.filter((verdict) => verdict === 'valid').length;
  process.stdout.write(`${valid} of ${verdicts.length} random pods are valid\n`);
  expect(valid).toBeGreaterThan(count / 4);
}, 1_200_000);
