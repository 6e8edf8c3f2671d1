import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import { keepForeignResources } from '../../src/inject/resources.ts';
import type { PodSpec, ResourceRequirements, StringMap } from '../../src/kubernetes.types.ts';
import {
  contextOf,
  initOf,
  injected,
  namespaceOf,
  podOf,
  problemsOf,
  proxyOf,
  settings,
  warningsOf,
} from './fixtures.ts';

interface Ours {
  readonly init: ResourceRequirements | null | undefined;
  readonly proxy: ResourceRequirements | null | undefined;
}

function resourcesOf(texts: StringMap, spec: PodSpec): Ours {
  const { pod } = injected(inject(podOf(settings(texts), spec), namespaceOf(), contextOf()));
  return { init: initOf(pod).resources, proxy: proxyOf(pod).resources };
}

/** A pod of which each container has the resources given. */
const podWith = (...resources: readonly ResourceRequirements[]): PodSpec => ({
  containers: resources.map((each, index) => ({ name: `own-${index}`, resources: each })),
});

const equal = (cpu: string | number, memory: string): ResourceRequirements => ({
  requests: { cpu, memory },
  limits: { cpu, memory },
});

const defaults = { requests: { cpu: '20m', memory: '40Mi' } };

describe("the proxy's resources", () => {
  it.each([
    ['are requests without limits', {}, podWith({}), defaults],
    ['are those where the pod has no containers', {}, { containers: [] }, defaults],
    [
      'are what the settings say',
      {
        'proxy-cpu-request': '50m',
        'proxy-cpu-limit': '1',
        'proxy-memory-limit': '1Gi',
        'proxy-ephemeral-storage-request': '1Mi',
      },
      podWith({}),
      {
        requests: { cpu: '50m', memory: '40Mi', 'ephemeral-storage': '1Mi' },
        limits: { cpu: '1', memory: '1Gi' },
      },
    ],
    [
      'are Guaranteed where the pod would be',
      {},
      podWith(equal('1', '1Gi'), equal(2, '64Mi')),
      { requests: { cpu: '500m', memory: '256Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    ],
    [
      'are Guaranteed where the same amount is written in two ways',
      {},
      podWith({ requests: { cpu: 1, memory: '1024Mi' }, limits: { cpu: '1000m', memory: '1Gi' } }),
      { requests: { cpu: '500m', memory: '256Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    ],
    [
      'are Guaranteed where limits stand alone, which are requests then',
      {},
      podWith({ limits: { cpu: '1', memory: '1Gi' } }),
      { requests: { cpu: '500m', memory: '256Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    ],
    [
      'are Guaranteed with the limits that the settings say',
      { 'proxy-cpu-limit': '2', 'proxy-cpu-request': '1' },
      podWith(equal('1', '1Gi')),
      { requests: { cpu: '2', memory: '256Mi' }, limits: { cpu: '2', memory: '256Mi' } },
    ],
    [
      'are Guaranteed with the limit of the settings, whatever they request',
      { 'proxy-cpu-limit': '1', 'proxy-cpu-request': '2' },
      podWith(equal('1', '1Gi')),
      { requests: { cpu: '1', memory: '256Mi' }, limits: { cpu: '1', memory: '256Mi' } },
    ],
    [
      'are Guaranteed with a request that is more than the fallback',
      { 'proxy-memory-request': '512Mi' },
      podWith(equal('1', '1Gi')),
      { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
    ],
    [
      'have a limit of what all containers are limited in',
      {},
      podWith({ limits: { memory: '1Gi' } }, { limits: { memory: '2Gi', cpu: '1' } }),
      { requests: { cpu: '20m', memory: '40Mi' }, limits: { memory: '256Mi' } },
    ],
    [
      'have a limit of ephemeral storage where all containers have',
      {},
      podWith({ limits: { 'ephemeral-storage': '1Gi' } }),
      { requests: { cpu: '20m', memory: '40Mi' }, limits: { 'ephemeral-storage': '64Mi' } },
    ],
    [
      'have no limit where one container has none',
      {},
      podWith({ limits: { memory: '1Gi' } }, { requests: { memory: '1Gi' } }),
      defaults,
    ],
    [
      'have a fallback limit that is no less than the request',
      { 'proxy-memory-request': '512Mi' },
      podWith({ limits: { memory: '1Gi' } }),
      { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '512Mi' } },
    ],
    [
      "have no larger limit than the pod's own containers, which have passed any LimitRange",
      {},
      podWith(
        { requests: { cpu: '5m' }, limits: { memory: '100Mi', cpu: '50m' } },
        { limits: { memory: '128Mi', cpu: 0.1 } },
      ),
      { requests: { cpu: '20m', memory: '40Mi' }, limits: { cpu: 0.1, memory: '128Mi' } },
    ],
    [
      "are Guaranteed with the limits of the pod's own containers",
      {},
      podWith(equal('100m', '64Mi')),
      { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
    ],
    [
      'have a default request that gives way to them',
      {},
      podWith({ limits: { cpu: '10m' } }),
      { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '10m' } },
    ],
    [
      'have a larger one where the settings request more',
      { 'proxy-memory-request': '200Mi' },
      podWith({ limits: { memory: '128Mi' } }),
      { requests: { cpu: '20m', memory: '200Mi' }, limits: { memory: '200Mi' } },
    ],
    [
      'have no limit of memory where the largest is too small to run in',
      {},
      podWith({ requests: { cpu: '1m' }, limits: { memory: '63Mi', cpu: '1' } }),
      { requests: { cpu: '20m', memory: '40Mi' }, limits: { cpu: '500m' } },
    ],
    [
      'have that of the settings all the same',
      { 'proxy-memory-limit': '512Mi' },
      podWith({ limits: { memory: '63Mi' } }),
      { requests: { cpu: '20m', memory: '40Mi' }, limits: { memory: '512Mi' } },
    ],
    [
      'have a default request that gives way to a smaller limit',
      { 'proxy-cpu-limit': '10m' },
      podWith({}),
      { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '10m' } },
    ],
    ['have no limit where the setting says 0', { 'proxy-memory-limit': '0' }, podWith({}), defaults],
    [
      'may request nothing',
      { 'proxy-cpu-request': '0' },
      podWith({}),
      { requests: { cpu: '0', memory: '40Mi' } },
    ],
    [
      'are none where the pod as a whole has some',
      { 'proxy-cpu-limit': '1' },
      { ...podWith({}), resources: { limits: { cpu: '2' } } },
      {},
    ],
    [
      'are the usual ones where the pod as a whole has an empty list',
      {},
      { ...podWith({}), resources: { limits: {}, requests: null } },
      defaults,
    ],
  ] as [string, StringMap, PodSpec, ResourceRequirements][])('%s', (_, texts, spec, expected) => {
    expect(resourcesOf(texts, spec).proxy).toEqual(expected);
  });

  it("count the pod's init containers too", () => {
    const spec = { ...podWith(equal('1', '1Gi')), initContainers: [{ name: 'setup' }] };
    expect(resourcesOf({}, spec).proxy).toEqual(defaults);
  });

  it.each([
    ['of the pod', podOf(settings({ 'proxy-memory-request': '512Mi', 'proxy-memory-limit': '256Mi' })), {}],
    [
      'of the namespace',
      podOf(settings({ 'proxy-memory-limit': '256Mi' })),
      { 'proxy-memory-request': '512Mi' },
    ],
  ])('with a request %s over the limit are a problem', (_, pod, namespace) => {
    expect(problemsOf(inject(pod, namespaceOf(settings(namespace)), contextOf()))).toEqual([
      'proxy-memory-request 512Mi is more than proxy-memory-limit 256Mi',
    ]);
  });
});

it('a memory limit that the proxy cannot have is warned of', () => {
  const pod = podOf({}, podWith({ limits: { memory: '32Mi' } }));
  expect(warningsOf(inject(pod, namespaceOf(), contextOf()))).toEqual([
    "the pod's own containers are limited to 32Mi of memory at most, and the proxy does not run in less than 64Mi: it gets no memory limit, so a ResourceQuota or LimitRange may refuse the pod; set proxy-memory-limit",
  ]);
});

describe("the init container's resources", () => {
  it.each([
    [
      "are limited to the largest limit of the pod's own containers",
      podWith({ requests: { cpu: '1m' }, limits: { cpu: '50m', memory: '16Mi' } }),
      { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '50m', memory: '16Mi' } },
    ],
    ['are small requests', podWith({}), { requests: { cpu: '10m', memory: '20Mi' } }],
    [
      'are Guaranteed where the pod would be',
      podWith(equal('1', '1Gi')),
      { requests: { cpu: '100m', memory: '20Mi' }, limits: { cpu: '100m', memory: '20Mi' } },
    ],
    [
      'are none where the pod as a whole has some',
      { ...podWith({}), resources: { requests: { cpu: '2' } } },
      {},
    ],
  ] as [string, PodSpec, ResourceRequirements][])('%s', (_, spec, expected) => {
    expect(resourcesOf({ 'proxy-cpu-limit': '4' }, spec).init).toEqual(expected);
  });
});

describe('resources that others set on our container', () => {
  const planned = { requests: { cpu: '20m', memory: '40Mi' } };
  it.each([
    [
      'stay where we wrote none',
      { ...planned, limits: { memory: '1Gi' } },
      planned,
      { ...planned, limits: { memory: '1Gi' } },
    ],
    [
      'stay where we wrote other ones',
      { requests: { cpu: '30m', memory: '40Mi' } },
      planned,
      { requests: { cpu: '30m', memory: '40Mi' } },
    ],
    [
      'are told from ours by the amount, not by its text',
      { requests: { cpu: '0.02', memory: '40960Ki' } },
      planned,
      planned,
    ],
    ['may be numbers', { limits: { cpu: 2 } }, planned, { ...planned, limits: { cpu: 2 } }],
    [
      'are not those that we wrote last time and would not write now',
      { limits: { cpu: '1' } },
      { limits: { cpu: '1' } },
      planned,
    ],
    [
      'make a request of ours smaller where they are a smaller limit',
      { limits: { cpu: '10m' } },
      planned,
      { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '10m' } },
    ],
    ['may be null', null, planned, planned],
    ['may be missing', undefined, {}, planned],
    ['may have been taken out, and come back', {}, planned, planned],
    [
      'may be of other kinds',
      { limits: { 'example.org/gpu': '1' } },
      planned,
      { ...planned, limits: { 'example.org/gpu': '1' } },
    ],
  ] as [string, ResourceRequirements | null | undefined, ResourceRequirements, ResourceRequirements][])(
    '%s',
    (_, current, before, expected) => {
      expect(keepForeignResources(planned, current, before as never)).toEqual(expected);
    },
  );
});
