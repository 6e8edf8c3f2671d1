import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import type { PodSpec, StringMap } from '../../src/kubernetes.types.ts';
import type { Plan } from '../../src/proxy/backend.ts';
import { contextOf, injected, namespaceOf, podOf, problemsOf, settings, warningsOf } from './fixtures.ts';

function outcomeOf(texts: StringMap, spec: PodSpec = {}, context = contextOf()): ReturnType<typeof inject> {
  return inject(podOf(settings(texts), spec), namespaceOf(), context);
}

const planOf = (...given: Parameters<typeof outcomeOf>): Plan => injected(outcomeOf(...given)).plan;

const withPort = (containerPort: number, protocol = 'TCP'): PodSpec => ({
  containers: [{ name: 'app', ports: [{ containerPort, protocol }] }],
});

/** The text of `proxy-additional-env`. */
const list = (...variables: readonly [string, string][]): string =>
  JSON.stringify(variables.map(([name, value]) => ({ name, value })));

describe('a plan is impossible where', () => {
  it.each([
    [
      'a container uses a port of the proxy',
      outcomeOf({}, withPort(4191)),
      'container "app" uses port 4191, which is the proxy\'s admin-port; set admin-port to a free port',
    ],
    [
      'a container uses a port that the pod gave the proxy',
      outcomeOf({ 'inbound-port': '8080' }, withPort(8080)),
      'container "app" uses port 8080, which is the proxy\'s inbound-port; set inbound-port to a free port',
    ],
    [
      'an init container uses a port of the proxy',
      outcomeOf({}, { initContainers: [{ name: 'setup', ports: [{ containerPort: 4140 }] }] }),
      'container "setup" uses port 4140, which is the proxy\'s outbound-port; set outbound-port to a free port',
    ],
    [
      'two ports of the proxy are the same',
      outcomeOf({ 'admin-port': '4143' }),
      'inbound-port and admin-port are both 4143; the proxy needs a port of its own for each',
    ],
    [
      "a container runs as the proxy's user",
      outcomeOf({}, { containers: [{ name: 'app', securityContext: { runAsUser: 2102 } }] }),
      'container "app" runs as uid 2102, which is the proxy\'s: its traffic would bypass the proxy; set proxy-uid to another id',
    ],
    [
      "a sidecar among the init containers runs as the proxy's user",
      outcomeOf(
        {},
        {
          initContainers: [
            { name: 'agent', restartPolicy: 'Always', securityContext: { runAsUser: 2102 } },
            { name: 'setup', securityContext: { runAsUser: 2102 } },
          ],
        },
      ),
      'container "agent" runs as uid 2102, which is the proxy\'s: its traffic would bypass the proxy; set proxy-uid to another id',
    ],
    [
      "the whole pod runs as the proxy's user",
      outcomeOf({ 'proxy-uid': '1000' }, { securityContext: { runAsUser: 1000 } }),
      'container "app" runs as uid 1000, which is the proxy\'s: its traffic would bypass the proxy; set proxy-uid to another id',
    ],
    [
      'the memory limit is too small to run in',
      outcomeOf({ 'proxy-memory-limit': '63Mi' }),
      "the proxy's memory limit 63Mi is too small to run in; give proxy-memory-limit at least 64Mi, or none",
    ],
    [
      'a request is over its limit',
      outcomeOf({ 'proxy-cpu-request': '2', 'proxy-cpu-limit': '1500m' }),
      'proxy-cpu-request 2 is more than proxy-cpu-limit 1500m',
    ],
    [
      'subnets are skipped on a cluster with IPv6',
      outcomeOf({ 'skip-subnets': '10.0.0.0/8' }, {}, contextOf({ cluster: { ipv6: true } })),
      'pod annotation config.linkerd.io/skip-subnets: proxy-init can skip subnets only where IPv6 is off (cluster.ipv6: false); remove it or switch IPv6 off',
    ],
    [
      'a close-wait timeout is set and the init container is not root',
      outcomeOf({ 'close-wait-timeout': '5s' }),
      'pod annotation config.linkerd.io/close-wait-timeout: needs a privileged root init container, which this installation does not allow (init.runAsRoot: true)',
    ],
    [
      'a locked setting is set',
      outcomeOf(
        { 'proxy-image': 'm.local/envoy' },
        {},
        contextOf({ config: { annotations: { locked: ['proxy-image'] } } }),
      ),
      'pod annotation config.linkerd.io/proxy-image: only the installation may set this (annotations.locked)',
    ],
  ])('%s', (_, outcome, sentence) => {
    expect(problemsOf(outcome)).toEqual([sentence]);
  });

  it('an argument would be longer than Linux takes', () => {
    const everySecond = Array.from({ length: 25_000 }, (_, index) => 2 * index + 10_001).join(',');
    expect(problemsOf(outcomeOf({ 'skip-outbound-ports': everySecond }))).toEqual([
      'an argument of container "outrigger-init" would be 149999 bytes long or more, Linux takes 131071; use fewer ports, or fewer and larger ranges',
    ]);
  });

  it('several things are wrong, all of which are said', () => {
    const outcome = outcomeOf(
      {
        'opaque-ports': 'nope',
        'control-port': '4191',
        'close-wait-timeout': '5s',
        'proxy-memory-limit': '1Mi',
      },
      {
        containers: [{ name: 'app', ports: [{ containerPort: 4191 }], securityContext: { runAsUser: 2102 } }],
      },
    );
    expect(outcome.kind === 'reject' && outcome.problems.map(({ code }) => code)).toEqual([
      'unknown_port_name',
      'proxy_ports_equal',
      'port_clash',
      'port_clash',
      'uid_clash',
      'close_wait_needs_root',
      'memory_limit_too_small',
    ]);
  });
});

describe('a plan is possible where', () => {
  it.each([
    ['a UDP port is one of the proxy', {}, withPort(4191, 'UDP')],
    ['the port of the proxy is moved away', { 'admin-port': '5000' }, withPort(4191)],
    [
      "an init container runs as the proxy's user",
      {},
      { initContainers: [{ name: 'setup', securityContext: { runAsUser: 2102 } }] },
    ],
    [
      "the pod's user is the proxy's and each container's is not",
      {},
      {
        securityContext: { runAsUser: 2102 },
        containers: [{ name: 'app', securityContext: { runAsUser: 1000 } }],
      },
    ],
    [
      'the group of a container is that of the proxy',
      {},
      { containers: [{ name: 'app', securityContext: { runAsGroup: 2102 } }] },
    ],
    ['a request is the limit', { 'proxy-cpu-request': '1', 'proxy-cpu-limit': '1000m' }, {}],
  ] as [string, StringMap, PodSpec][])('%s', (_, texts, spec) => {
    expect(problemsOf(outcomeOf(texts, spec))).toEqual([]);
    expect(outcomeOf(texts, spec).kind).toBe('inject');
  });

  it('the installation allows a root init container: the close-wait timeout is rounded up to seconds', () => {
    const context = contextOf({ config: { init: { runAsRoot: true } } });
    expect(planOf({ 'close-wait-timeout': '1500ms' }, {}, context).init).toMatchObject({
      runAsRoot: true,
      closeWaitSeconds: 2,
    });
  });

  it('IPv6 subnets are left out, with a warning', () => {
    const outcome = outcomeOf({ 'skip-subnets': '10.0.0.0/8,fd00::/8' });
    expect(injected(outcome).plan.init.skipSubnets).toEqual(['10.0.0.0/8']);
    expect(warningsOf(outcome)).toEqual([
      'pod annotation config.linkerd.io/skip-subnets has no effect: IPv6 subnets cannot be skipped, and IPv6 traffic is not redirected here anyway',
    ]);
  });

  it('the memory limit is small: the warning says how many connections it bears', () => {
    expect(warningsOf(outcomeOf({ 'proxy-memory-limit': '64Mi' }))).toEqual([
      "the proxy's memory limit 64Mi leaves room for 100 connections; give proxy-memory-limit 133Mi or more",
    ]);
  });
});

describe('a plan', () => {
  it.each([
    ['auto', true, 'native'],
    ['auto', false, 'classic'],
    ['true', false, 'native'],
    ['false', true, 'classic'],
  ])('with native sidecar %s on a cluster that knows them (%s) is %s', (text, nativeSidecars, placement) => {
    const context = contextOf({ cluster: { nativeSidecars } });
    expect(planOf({ 'proxy-enable-native-sidecar': text }, {}, context).placement).toBe(placement);
  });

  it('has the group of the installation where the pod says -1', () => {
    const context = contextOf({ config: { defaults: { 'proxy-gid': 3000 } } });
    expect(planOf({ 'proxy-gid': '-1' }, {}, context).gid).toBe(3000);
    expect(planOf({}, {}, contextOf({ config: { defaults: { 'proxy-gid': -1 } } })).gid).toBe(2102);
  });

  it.each([
    [{}, { inbound: 3000, outbound: 3000 }],
    [{ 'detect-timeout': '500ms' }, { inbound: 500, outbound: 500 }],
    [{ 'proxy-disable-inbound-protocol-detect-timeout': 'T' }, { inbound: null, outbound: 3000 }],
    [{ 'proxy-disable-outbound-protocol-detect-timeout': '1' }, { inbound: 3000, outbound: null }],
  ] as [StringMap, object][])('with %j waits %j for the first bytes', (texts, detectTimeoutMs) => {
    expect(planOf(texts).proxy.detectTimeoutMs).toEqual(detectTimeoutMs);
  });

  it('merges the variables of all places by name', () => {
    const key = 'proxy-additional-env';
    const outcome = inject(
      podOf(settings({ [key]: list(['A', 'pod'], ['D', 'pod']) })),
      namespaceOf(settings({ [key]: list(['B', 'namespace'], ['A', 'namespace']) })),
      contextOf({ config: { defaults: { [key]: list(['A', 'installation'], ['C', 'installation']) } } }),
    );
    expect(injected(outcome).plan.proxy.env).toEqual([
      { name: 'A', value: 'pod' },
      { name: 'C', value: 'installation' },
      { name: 'B', value: 'namespace' },
      { name: 'D', value: 'pod' },
    ]);
  });

  it('is plain data: it is equal to what its JSON gives', () => {
    const plan = planOf({ 'proxy-disable-inbound-protocol-detect-timeout': 'true' });
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });
});
