/**
 * A value that is valid in Linkerd never rejects: manifests written for Linkerd work unchanged.
 * @see https://linkerd.io/2-edge/reference/proxy-configuration/
 */
import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import {
  contextOf,
  initOf,
  injected,
  namespaceOf,
  podOf,
  problemsOf,
  proxyOf,
  warningsOf,
} from './fixtures.ts';

const reference = {
  'linkerd.io/inject': 'enabled',
  'config.alpha.linkerd.io/proxy-enable-native-sidecar': 'true',
  'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '10',
  'config.beta.linkerd.io/proxy-enable-native-sidecar': 'true',
  'config.linkerd.io/access-log': 'apache',
  'config.linkerd.io/admin-port': '4191',
  'config.linkerd.io/close-wait-timeout': '3600s',
  'config.linkerd.io/control-port': '4190',
  'config.linkerd.io/debug-image': 'cr.l5d.io/linkerd/debug',
  'config.linkerd.io/debug-image-pull-policy': 'IfNotPresent',
  'config.linkerd.io/debug-image-version': 'edge-25.4.1',
  'config.linkerd.io/default-inbound-policy': 'all-unauthenticated',
  'config.linkerd.io/enable-debug-sidecar': 'false',
  'config.linkerd.io/enable-external-profiles': 'false',
  'config.linkerd.io/image-pull-policy': 'IfNotPresent',
  'config.linkerd.io/inbound-port': '4143',
  'config.linkerd.io/init-image': 'cr.l5d.io/linkerd/proxy-init',
  'config.linkerd.io/init-image-version': 'v2.4.2',
  'config.linkerd.io/opaque-ports': '25,587,3306,4444,5432,6379,9300,11211',
  'config.linkerd.io/outbound-port': '4140',
  'config.linkerd.io/pod-inbound-ports': '8080',
  'config.linkerd.io/proxy-additional-env': '[{"name":"LINKERD2_PROXY_BUFFER_SIZE","value":"10000"}]',
  'config.linkerd.io/proxy-await': 'enabled',
  'config.linkerd.io/proxy-cpu-limit': '1',
  'config.linkerd.io/proxy-cpu-ratio-limit': '0.5',
  'config.linkerd.io/proxy-cpu-request': '100m',
  'config.linkerd.io/proxy-disable-inbound-protocol-detect-timeout': 'false',
  'config.linkerd.io/proxy-disable-outbound-protocol-detect-timeout': 'False',
  'config.linkerd.io/proxy-enable-native-sidecar': 't',
  'config.linkerd.io/proxy-ephemeral-storage-limit': '1Gi',
  'config.linkerd.io/proxy-ephemeral-storage-request': '128Mi',
  'config.linkerd.io/proxy-gid': '-1',
  'config.linkerd.io/proxy-image': 'cr.l5d.io/linkerd/proxy',
  'config.linkerd.io/proxy-inbound-connect-timeout': '100ms',
  'config.linkerd.io/proxy-inbound-discovery-cache-unused-timeout': '90s',
  'config.linkerd.io/proxy-log-format': 'json',
  'config.linkerd.io/proxy-log-level': 'warn,linkerd=info,hickory=error,[{headers}]=off,[{request}]=off',
  'config.linkerd.io/proxy-memory-limit': '250Mi',
  'config.linkerd.io/proxy-memory-request': '20Mi',
  'config.linkerd.io/proxy-outbound-connect-timeout': '1000ms',
  'config.linkerd.io/proxy-outbound-discovery-cache-unused-timeout': '5s',
  'config.linkerd.io/proxy-uid': '2102',
  'config.linkerd.io/proxy-version': 'edge-25.4.1',
  'config.linkerd.io/shutdown-grace-period': '120s',
  'config.linkerd.io/skip-inbound-ports': '4222,6222-6230',
  'config.linkerd.io/skip-outbound-ports': '4222,6222-6230',
  'config.linkerd.io/skip-subnets': '10.0.0.0/8,192.168.0.0/16',
};

const installation = contextOf({ config: { init: { runAsRoot: true } } });

describe("a pod with every annotation of Linkerd's reference", () => {
  const outcome = inject(podOf(reference), namespaceOf(), installation);

  it('is injected, and told only that its proxy image has no effect', () => {
    const why =
      'has no effect: cr.l5d.io/linkerd/proxy:edge-25.4.1 is not an image that this version was tested with';
    expect(warningsOf(outcome)).toEqual([
      `pod annotation config.linkerd.io/proxy-image ${why}`,
      `pod annotation config.linkerd.io/proxy-version ${why}`,
    ]);
  });

  it('gets what its annotations mean', () => {
    const { pod, plan } = injected(outcome);
    expect(initOf(pod)).toMatchObject({
      image: 'cr.l5d.io/linkerd/proxy-init:v2.4.2',
      args: expect.arrayContaining([
        '--timeout-close-wait-secs',
        '3600',
        '10.0.0.0/8,192.168.0.0/16',
      ]) as string[],
      securityContext: { privileged: true, runAsUser: 0 },
    });
    expect(proxyOf(pod)).toMatchObject({
      image: 'envoyproxy/envoy:distroless-v1.40.0',
      env: [{ name: 'LINKERD2_PROXY_BUFFER_SIZE', value: '10000' }],
      resources: {
        requests: { cpu: '100m', memory: '20Mi', 'ephemeral-storage': '128Mi' },
        limits: { cpu: '1', memory: '250Mi', 'ephemeral-storage': '1Gi' },
      },
      restartPolicy: 'Always',
    });
    expect(plan).toMatchObject({
      gid: 2102,
      proxy: {
        logLevel: 'warn',
        logFormat: 'json',
        accessLog: 'apache',
        connectTimeoutMs: { inbound: 100, outbound: 1000 },
        waitBeforeExitSeconds: 10,
      },
    });
  });

  it('stands on a namespace as well, where only the pod-only setting is reported besides', () => {
    const onNamespace = inject(podOf(), namespaceOf(reference), installation);
    expect(warningsOf(onNamespace)).toEqual([
      'namespace annotation config.linkerd.io/close-wait-timeout has no effect: it is read on pods only',
      expect.stringContaining('namespace annotation config.linkerd.io/proxy-image has no effect'),
      expect.stringContaining('namespace annotation config.linkerd.io/proxy-version has no effect'),
    ]);
  });
});

describe('a value that is valid in Linkerd', () => {
  it.each([
    ['proxy-cpu-request', '0'],
    ['proxy-cpu-limit', '0'],
    ['proxy-memory-limit', '0'],
    ['proxy-memory-limit', '128Mi'],
    ['proxy-memory-limit', '64Mi'],
    ['proxy-log-level', 'linkerd=debug'],
    ['proxy-log-level', 'warning'],
    ['proxy-image', 'cr.l5d.io/linkerd/proxy'],
    ['proxy-version', 'stable-2.14.10'],
    ['proxy-enable-native-sidecar', 'FALSE'],
    ['skip-inbound-ports', '1-65535'],
    ['skip-outbound-ports', '80, 443 ,8000-8080,'],
    ['opaque-ports', ''],
    ['proxy-gid', '-1'],
    ['proxy-inbound-connect-timeout', '1.5s'],
  ])('never rejects: %s %j', (key, text) => {
    const outcome = inject(podOf({ [`config.linkerd.io/${key}`]: text }), namespaceOf(), contextOf());
    expect(problemsOf(outcome)).toEqual([]);
    expect(outcome.kind).toBe('inject');
  });
});
