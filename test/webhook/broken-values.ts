/** Valid reviews with something broken in them, made by shape: any node of a tree replaced by something else. */
import * as fc from 'fast-check';
import { inject } from '../../src/inject/inject.ts';
import type { Pod } from '../../src/kubernetes.types.ts';
import { contextOf, namespaceOf, patched, settings } from '../inject/fixtures.ts';
import { namespaceReview, podReview, workloadReview } from './reviews.ts';

type Path = readonly (string | number)[];

/** A pod in which every field that is read has something. */
const fullPod: Pod = {
  metadata: {
    name: 'web',
    labels: { app: 'web' },
    annotations: { 'linkerd.io/inject': 'enabled', ...settings({ 'skip-outbound-ports': 'default,4406' }) },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-5d9f8c7b64',
        uid: '0f4d3e7a-1111-4222-8333-123456789abc',
        controller: true,
      },
    ],
  },
  spec: {
    hostNetwork: false,
    os: { name: 'linux' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
          ],
        },
      },
    },
    securityContext: { runAsUser: 1000 },
    resources: { requests: { cpu: '1' }, limits: { cpu: 2 } },
    initContainers: [{ name: 'setup', image: 'setup:1', restartPolicy: null }],
    containers: [
      {
        name: 'app',
        image: 'app:1',
        imagePullPolicy: 'Always',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        env: [{ name: 'A', value: 'b' }],
        resources: { requests: { memory: '64Mi' }, limits: { memory: '64Mi' } },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        securityContext: { runAsUser: 1000 },
        readinessProbe: { httpGet: { path: '/', port: 8080 } },
      },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
    imagePullSecrets: [{ name: 'regcred' }],
  },
};

const injectedPod = patched(fullPod, inject(fullPod, namespaceOf(), contextOf()));

/** Valid ones, each with the path that it is posted to. */
export const validReviews: readonly (readonly [path: string, review: unknown])[] = [
  ['/mutate', podReview(fullPod)],
  ['/mutate/labelled', podReview(fullPod)],
  ['/mutate', podReview(injectedPod)],
  [
    '/advise',
    namespaceReview({ labels: { 'linkerd.io/inject': 'enabled' }, annotations: {} }, { labels: {} }),
  ],
  ['/advise', workloadReview('Deployment', fullPod.metadata?.annotations ?? {})],
  ['/advise', workloadReview('CronJob', {}, { annotations: settings({ 'proxy-await': 'x' }) })],
];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

function replaced(value: unknown, [head, ...rest]: Path, by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(head), replaced(value[Number(head)], rest, by));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [head]: replaced(fields[head], rest, by) };
}

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    '',
    'enabled',
    '\ud83d',
    '\u0000',
    'x'.repeat(5000),
    true,
    false,
    [],
    [null],
    [[]],
    {},
    { toString: 1, valueOf: 1 },
    { length: 3, 0: 'a' },
    { name: null },
    JSON.parse('{"__proto__":{"name":"x"}}'),
    JSON.parse('{"constructor":{"prototype":1},"hasOwnProperty":1,"toJSON":1,"then":1}'),
  ),
  fc.jsonValue(),
);

/** Some nodes replaced, at most three. */
export const brokenReview: fc.Arbitrary<readonly [path: string, review: unknown]> = fc
  .constantFrom(...validReviews)
  .chain(([path, review]) =>
    fc
      .array(fc.tuple(fc.constantFrom(...pathsOf(review)), odd), { minLength: 1, maxLength: 3 })
      .map((changes) => {
        // The deepest first: a path must still be there when it is its turn.
        const inOrder = changes.toSorted(([one], [other]) => other.length - one.length);
        return [path, inOrder.reduce((tree, [at, by]) => replaced(tree, at, by), review)] as const;
      }),
  );

/** Every node replaced by each of a few, one at a time: nothing is left to chance. */
export function* eachNodeBroken(): Generator<readonly [path: string, review: unknown]> {
  for (const [path, review] of validReviews)
    for (const at of pathsOf(review))
      for (const by of [null, 7, 'text', [], {}, true]) yield [path, replaced(review, at, by)];
}

const manifestKey = 'linkerd.io/injected';
const manifest = JSON.parse(injectedPod.metadata?.annotations?.[manifestKey] ?? '') as unknown;

/** An injected pod whose manifest was broken or forged. */
export const forgedManifest: fc.Arbitrary<unknown> = fc
  .oneof(
    fc
      .tuple(fc.constantFrom(...pathsOf(manifest)), odd)
      .map(([at, by]) => JSON.stringify(replaced(manifest, at, by)) ?? ''),
    fc.nat(2000).map((length) => JSON.stringify(manifest).slice(0, length)),
    fc.constantFrom('', '{}', 'null', '[]', '['.repeat(100_000), `{"v":1,"was":{"__proto__":"null"}}`),
    fc
      .dictionary(fc.constantFrom('metadata', 'spec', 'annotations', 'containers', '__proto__', 'x'), odd)
      .map((was) => JSON.stringify({ ...(manifest as object), was, copied: was, added: was, replaced: was })),
    fc
      .array(fc.constantFrom('regcred', 'x', '__proto__'))
      .map((pullSecrets) => JSON.stringify({ ...(manifest as object), pullSecrets })),
  )
  .map((text) =>
    podReview({
      ...injectedPod,
      metadata: {
        ...injectedPod.metadata,
        annotations: { ...injectedPod.metadata?.annotations, [manifestKey]: text },
      },
    }),
  );
