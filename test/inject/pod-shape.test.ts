import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPod, whereNotPod } from '../../src/inject/pod-shape.ts';
import { inject } from '../../src/inject/inject.ts';
import { contextOf, namespaceOf, overTheWire } from './fixtures.ts';
import { anyPod } from './random-pods.ts';

const knownFields =
  'metadata annotations labels spec containers initContainers volumes name ports containerPort resources limits requests cpu memory securityContext runAsUser affinity nodeAffinity nodeSelector os hostNetwork env readinessProbe httpGet port linkerd.io/inject linkerd.io/injected config.linkerd.io/opaque-ports'.split(
    ' ',
  );

describe('a pod', () => {
  it('of any shape that Kubernetes decodes passes', () => {
    fc.assert(
      fc.property(anyPod, (pod) => isPod(overTheWire(pod))),
      { numRuns: 200 },
    );
  });

  it.each([
    ['an empty one', {}],
    ['one of nulls', { metadata: null, spec: null }],
    [
      'one with nulls below',
      { metadata: { annotations: null }, spec: { containers: null, volumes: null, os: null } },
    ],
    [
      'one with unknown fields',
      { spec: { containers: [{ name: 'app', future: 1 }], future: {} }, status: {} },
    ],
    [
      'one with probes by number, by name and by nothing',
      {
        spec: {
          containers: [
            {
              name: 'a',
              readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: null },
              livenessProbe: { httpGet: { port: 'http' } },
              startupProbe: { tcpSocket: null, exec: {} },
            },
          ],
        },
      },
    ],
    ['one with a pull secret without a name', { spec: { imagePullSecrets: [{}] } }],
    [
      'one with numbers for quantities',
      { spec: { containers: [{ name: 'a', resources: { limits: { cpu: 1 } } }] } },
    ],
  ])('passes: %s', (_, pod) => {
    expect(isPod(pod)).toBe(true);
  });

  it.each([
    ['null', null, 'the pod'],
    ['a list', [], 'the pod'],
    ['a text', 'pod', 'the pod'],
    ['metadata that is a text', { metadata: 'x' }, 'metadata'],
    ['annotations with a number', { metadata: { annotations: { a: 1 } } }, 'metadata.annotations.a'],
    ['containers that are a map', { spec: { containers: {} } }, 'spec.containers'],
    ['a container without a name', { spec: { containers: [{ image: 'a' }] } }, 'spec.containers.0'],
    ['a container that is null', { spec: { initContainers: [null] } }, 'spec.initContainers.0'],
    [
      'a port that is a text',
      { spec: { containers: [{ name: 'a', ports: [{ containerPort: '80' }] }] } },
      'spec.containers.0.ports.0.containerPort',
    ],
    [
      'a user that is a text',
      { spec: { securityContext: { runAsUser: '0' } } },
      'spec.securityContext.runAsUser',
    ],
    ['a network that is a text', { spec: { hostNetwork: 'true' } }, 'spec.hostNetwork'],
    [
      'a quantity that is a list',
      { spec: { resources: { limits: { cpu: [] } } } },
      'spec.resources.limits.cpu',
    ],
    [
      "a probe's port that is a list",
      { spec: { containers: [{ name: 'a', livenessProbe: { tcpSocket: { port: [] } } }] } },
      'spec.containers.0.livenessProbe.tcpSocket.port',
    ],
    [
      "a probe's period that is a text",
      { spec: { containers: [{ name: 'a', readinessProbe: { periodSeconds: '10' } }] } },
      'spec.containers.0.readinessProbe.periodSeconds',
    ],
    ['a volume without a name', { spec: { volumes: [{}] } }, 'spec.volumes.0'],
  ])('does not pass: %s', (_, pod, path) => {
    expect(isPod(pod)).toBe(false);
    expect(whereNotPod(pod)).toBe(path);
  });

  it('that passes is never too strange for the engine', () => {
    const scalar = fc.constantFrom<unknown>(null, 0, 1, '', 'enabled', '80', true, [], {}, [{ name: 'x' }], {
      a: 'b',
    });
    const strange = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        scalar,
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...knownFields), tie('value'), { maxKeys: 6 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.record({ metadata: strange, spec: strange }), (pod) => {
        fc.pre(isPod(pod));
        expect(['inject', 'skip', 'reject', 'unchanged']).toContain(
          inject(pod, namespaceOf(), contextOf()).kind,
        );
      }),
      { numRuns: 300, maxSkipsPerRun: 200 },
    );
  });
});
