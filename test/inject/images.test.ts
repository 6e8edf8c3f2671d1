import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import type { StringMap } from '../../src/kubernetes.types.ts';
import {
  contextOf,
  initOf,
  injected,
  namespaceOf,
  podOf,
  proxyOf,
  settings,
  warningsOf,
} from './fixtures.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

interface Case {
  readonly config?: unknown;
  readonly namespace?: StringMap;
  readonly pod?: StringMap;
}

function injectionOf({ config, namespace = {}, pod = {} }: Case): ReturnType<typeof inject> {
  return inject(podOf(settings(pod)), namespaceOf(settings(namespace)), contextOf({ config }));
}

const pinned = { images: { proxy: { digest } } };

describe("the proxy's image", () => {
  it.each([
    ['is the default one', {}, 'envoyproxy/envoy:distroless-v1.40.0'],
    [
      "of the installation has the installation's digest",
      { config: pinned },
      `envoyproxy/envoy:distroless-v1.40.0@${digest}`,
    ],
    [
      'without a version keeps the default tag',
      { pod: { 'proxy-image': 'm.local/envoy' } },
      'm.local/envoy:distroless-v1.40.0',
    ],
    [
      'without a version does not keep the default digest, which is of another repository',
      { config: pinned, pod: { 'proxy-image': 'm.local/envoy' } },
      'm.local/envoy:distroless-v1.40.0',
    ],
    [
      'with a tag is taken as it is',
      { pod: { 'proxy-image': 'm.local/envoy:v1.40.3' } },
      'm.local/envoy:v1.40.3',
    ],
    [
      'with a digest is taken as it is',
      { pod: { 'proxy-image': `m.local/envoy@${digest}` } },
      `m.local/envoy@${digest}`,
    ],
    [
      'takes another version, which drops the default digest',
      { config: pinned, pod: { 'proxy-version': 'v1.40.2' } },
      'envoyproxy/envoy:v1.40.2',
    ],
    [
      'and its version are put together',
      { pod: { 'proxy-image': 'm.local/envoy', 'proxy-version': 'v1.40.2' } },
      'm.local/envoy:v1.40.2',
    ],
    [
      "of the namespace takes the pod's version",
      { namespace: { 'proxy-image': 'm.local/envoy:v1.40.1' }, pod: { 'proxy-version': 'v1.40.2' } },
      'm.local/envoy:v1.40.2',
    ],
    [
      'of the pod keeps its own tag, whatever version the namespace wants',
      { namespace: { 'proxy-version': 'v1.40.1' }, pod: { 'proxy-image': 'm.local/envoy:v1.40.2' } },
      'm.local/envoy:v1.40.2',
    ],
    [
      "of the pod without a tag takes the namespace's version",
      { namespace: { 'proxy-version': 'v1.40.1' }, pod: { 'proxy-image': 'm.local/envoy' } },
      'm.local/envoy:v1.40.1',
    ],
    [
      "takes the installation's version",
      { config: { defaults: { 'proxy-version': 'v1.40.2' } } },
      'envoyproxy/envoy:v1.40.2',
    ],
  ] satisfies [string, Case, string][])('%s', (_, given, image) => {
    const outcome = injectionOf(given);
    expect(proxyOf(injected(outcome).pod).image).toBe(image);
    expect(warningsOf(outcome)).toEqual([]);
  });

  it.each([
    ['another minor', { pod: { 'proxy-version': 'v1.39.0' } }, ['proxy-version']],
    ["Linkerd's proxy", { pod: { 'proxy-image': 'cr.l5d.io/linkerd/proxy:edge-25.4.1' } }, ['proxy-image']],
    [
      "Linkerd's version of the namespace",
      { namespace: { 'proxy-version': 'edge-25.4.1' } },
      ['proxy-version'],
    ],
  ] satisfies [string, Case, string[]][])('of %s has no effect, and that is said', (_, given, keys) => {
    const outcome = injectionOf(given);
    expect(proxyOf(injected(outcome).pod).image).toBe('envoyproxy/envoy:distroless-v1.40.0');
    expect(warningsOf(outcome)).toEqual(
      keys.map((key) => expect.stringContaining(`config.linkerd.io/${key} has no effect: `) as string),
    );
  });

  it("that has no effect leaves the installation's own version", () => {
    const outcome = injectionOf({
      config: { defaults: { 'proxy-version': 'v1.40.2' } },
      pod: { 'proxy-version': 'edge-25.4.1' },
    });
    expect(proxyOf(injected(outcome).pod).image).toBe('envoyproxy/envoy:v1.40.2');
    expect(injected(outcome).pod.metadata?.annotations?.['linkerd.io/proxy-version']).toBe('v1.40.2');
  });
});

describe("the init container's image", () => {
  it.each([
    ['is the default one', {}, 'ghcr.io/linkerd/proxy-init:v2.4.9'],
    ['without a version keeps the default tag', { 'init-image': 'm.local/init' }, 'm.local/init:v2.4.9'],
    ['takes another version', { 'init-version': 'v2.4.8' }, 'ghcr.io/linkerd/proxy-init:v2.4.8'],
    [
      "takes it by Linkerd's name too",
      { 'init-image-version': 'v2.4.8' },
      'ghcr.io/linkerd/proxy-init:v2.4.8',
    ],
  ])('%s', (_, pod, image) => {
    expect(initOf(injected(injectionOf({ pod })).pod).image).toBe(image);
  });
});

it.each(['Always', 'IfNotPresent', 'Never'])('both images are pulled %s', (policy) => {
  const { pod } = injected(injectionOf({ pod: { 'image-pull-policy': policy } }));
  expect([initOf(pod).imagePullPolicy, proxyOf(pod).imagePullPolicy]).toEqual([policy, policy]);
});
