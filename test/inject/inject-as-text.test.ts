import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InjectContext } from '../../src/inject/context.ts';
import { maxAnnotationBytes } from '../../src/inject/annotation-size.ts';
import { injectAsText, type TextOutcome } from '../../src/inject/inject-as-text.ts';
import { inject } from '../../src/inject/inject.ts';
import type { Pod, PodSpec, Probe } from '../../src/kubernetes.types.ts';
import {
  contextOf,
  injected,
  namespaceOf,
  overTheWire,
  patched,
  podOf,
  problemsOf,
  settings,
} from './fixtures.ts';
import { anyPod, namespaceAnnotations } from './random-pods.ts';

const tcp = (more: object): Probe => ({ tcpSocket: { port: 7000, ...more } });
const get = (path: string): Probe => ({ httpGet: { path, port: 4191 } });

const containers = (fields: object): PodSpec => ({ containers: [{ name: 'app', ...fields }] });

describe('what has been worked out for one pod', () => {
  it('gives the next one what it would get without it', () => {
    const review = fc.tuple(fc.nat(1), fc.nat(1), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(
        fc.tuple(anyPod, anyPod),
        fc.tuple(namespaceAnnotations, namespaceAnnotations),
        fc.array(review, { minLength: 2, maxLength: 6 }),
        (pods, annotations, reviews) => {
          const shared = contextOf();
          for (const [podIndex, namespaceIndex, nativeSidecars, isCli] of reviews) {
            const namespace = namespaceOf(annotations[namespaceIndex]);
            const change = {
              cluster: { ipv6: false, nativeSidecars },
              origin: isCli ? 'cli' : 'webhook',
            } as const;
            const pod = pods[podIndex]!;
            const answer = (context: InjectContext): TextOutcome =>
              injectAsText(pod, namespace, { ...context, ...change });
            expect(answer(shared)).toEqual(answer(contextOf()));
            const anew = inject(pod, namespace, { ...contextOf(), ...change });
            if (anew.kind === 'inject') expect(patched(pod, answer(shared))).toEqual(overTheWire(anew.pod));
            else expect(answer(shared)).toEqual(anew);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  const context = contextOf();
  const first = injected(inject(podOf(), namespaceOf(), context));

  it('leaves a pod of the same template what is its own', () => {
    const [one, other] = ['one', 'other'].map((name) => {
      const pod = podOf({ team: name }, { volumes: [{ name }] });
      const outcome = injectAsText(pod, namespaceOf(), context);
      return { outcome, pod: patched(pod, outcome) };
    });
    expect(other!.outcome).toBe(one!.outcome);
    expect(other!.pod.metadata?.annotations).toMatchObject({ team: 'other' });
    expect(other!.pod.spec?.volumes).toContainEqual({ name: 'other' });
  });

  it.each<[string, object, object]>([
    [
      'the port',
      { readinessProbe: { tcpSocket: { port: 1 } } },
      { readinessProbe: { tcpSocket: { port: 2 } } },
    ],
    ['a host', { readinessProbe: tcp({}) }, { readinessProbe: tcp({ host: 'db' }) }],
    ['the period', { readinessProbe: tcp({}) }, { readinessProbe: { ...tcp({}), periodSeconds: 2 } }],
    ['the patience', { readinessProbe: tcp({}) }, { readinessProbe: { ...tcp({}), timeoutSeconds: 2 } }],
    ['a second handler', { readinessProbe: tcp({}) }, { readinessProbe: { ...tcp({}), exec: null } }],
    ['the path', { readinessProbe: get('/probe/tcp/1') }, { readinessProbe: get('/probe/tcp/2') }],
    [
      'whether it is a sidecar',
      { name: 'setup', readinessProbe: tcp({}) },
      { name: 'setup', readinessProbe: tcp({}), restartPolicy: 'Always' },
    ],
  ])('is not used for a pod whose probe differs in %s', (_, one, other) => {
    const shared = contextOf();
    for (const fields of [one, other, one]) {
      const container = { name: 'app', ...fields };
      const pod = podOf({}, 'name' in fields ? { initContainers: [container] } : { containers: [container] });
      const used = injectAsText(pod, namespaceOf(), shared);
      const anew = injected(inject(pod, namespaceOf(), contextOf()));
      expect(patched(pod, used)).toEqual(overTheWire(anew.pod));
    }
  });

  const anyPort = { httpGet: { port: 7000 } };
  it.each([
    ['an annotation', podOf(settings({ 'admin-port': '5000' }))],
    ['the name of a port', podOf({}, containers({ ports: [{ name: 'http', containerPort: 80 }] }))],
    ['a limit', podOf({}, containers({ resources: { limits: { memory: '1Gi' } } }))],
    ['resources of the pod', podOf({}, { resources: { limits: { cpu: '1' } } })],
    ['a readiness probe', podOf({}, containers({ readinessProbe: anyPort }))],
    ['a liveness probe', podOf({}, containers({ livenessProbe: anyPort }))],
    ['a startup probe', podOf({}, containers({ startupProbe: anyPort }))],
    ['an init container', podOf({}, { initContainers: [{ name: 'setup', ports: [{ containerPort: 81 }] }] })],
  ] as [string, Pod][])('is not used for a pod that differs in %s', (_, pod) => {
    const outcome = injectAsText(pod, namespaceOf(), context);
    const anew = injected(inject(pod, namespaceOf(), contextOf()));
    expect(patched(pod, outcome)).toEqual(overTheWire(anew.pod));
    expect(anew.plan).not.toEqual(first.plan);
  });

  it.each([
    ['the user of the pod', podOf({}, { securityContext: { runAsUser: 2102 } })],
    ['the user of a container', podOf({}, containers({ securityContext: { runAsUser: 2102 } }))],
  ] as [string, Pod][])('does not hide a problem of a pod that differs in %s', (_, pod) => {
    expect(injectAsText(pod, namespaceOf(), context).kind).toBe('reject');
  });

  it('keeps a problem to the pod that has it', () => {
    const wrong = podOf(settings({ 'proxy-uid': '0' }));
    const shared = contextOf();
    expect([wrong, podOf(), wrong].map((pod) => injectAsText(pod, namespaceOf(), shared).kind)).toEqual([
      'reject',
      'inject',
      'reject',
    ]);
  });
});

const list = 'config.linkerd.io/skip-outbound-ports';
const ports = (bytes: number): string => '1,'.repeat(bytes / 2);

describe('a pod whose annotations would be more than Kubernetes takes', () => {
  it('is refused with both sizes: what it has, and what it would have', () => {
    const [sentence] = problemsOf(
      injectAsText(podOf(), namespaceOf({ [list]: ports(150_000) }), contextOf()),
    );
    const [, bytes, own] = /would take (\d+) bytes, (\d+) of them/u.exec(sentence ?? '') ?? [];
    expect(Number(bytes)).toBeGreaterThan(300_000);
    expect(Number(own)).toBe(0);
    expect(sentence).toContain(`Kubernetes takes ${maxAnnotationBytes}`);
  });

  it('is told from its neighbour of the same template, whose own annotations are small', () => {
    const context = contextOf();
    const kinds = [10, 250_000, 10].map(
      (bytes) =>
        injectAsText(podOf({ note: 'x'.repeat(bytes) }), namespaceOf({ [list]: ports(8000) }), context).kind,
    );
    expect(kinds).toEqual(['inject', 'reject', 'inject']);
  });

  it('is the same for the command line', () => {
    const outcome = inject(podOf({ note: 'x'.repeat(262_000) }), namespaceOf(), contextOf());
    expect(problemsOf(outcome)).toEqual([expect.stringContaining('annotations would take')]);
  });
});

describe('a patch', () => {
  it('of more than 1 MiB is a refusal', () => {
    const name = 'n'.repeat(600_000);
    const probes = { livenessProbe: tcp({}), readinessProbe: tcp({}) };
    const pod = podOf({}, { containers: [{ name, ...probes }] });
    expect(injectAsText(pod, namespaceOf(), contextOf())).toMatchObject({ kind: 'reject' });
  });
});

describe('what is kept', () => {
  const budget = 6_000_000;

  it.each<[string, (index: number) => Pod]>([
    [
      'large variables',
      (index) =>
        podOf(
          settings({
            'proxy-additional-env': JSON.stringify([{ name: `V${index}`, value: 'x'.repeat(100_000) }]),
          }),
        ),
    ],
    [
      'thousands of ports',
      (index) =>
        podOf(
          settings({
            'opaque-ports': Array.from({ length: 1200 }, (_, port) => 3 * port + 1 + index).join(','),
          }),
        ),
    ],
    ['new names', (index) => podOf({}, { containers: [{ name: `app-${index}` }] })],
    ['refusals', (index) => podOf(settings({ 'proxy-uid': `${'0'.repeat(900)}${index}x` }))],
  ])('weighs no more than its budget after many pods with %s', (_, make) => {
    const context = contextOf();
    for (let index = 0; index < 400; index += 1) injectAsText(make(index), namespaceOf(), context);
    const { patches } = context;
    expect(patches!.calculatedSize).toBeLessThanOrEqual(budget);
    // It is weighed by what it holds: texts, and nothing that they would keep alive.
    const held = [...patches!.entries()].map(([key, { patch }]) => key.length + patch.length);
    expect(held.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(budget / 2);
  });
});
