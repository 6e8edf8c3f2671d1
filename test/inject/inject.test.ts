import { describe, expect, it } from 'vitest';
import { inject, type Outcome } from '../../src/inject/inject.ts';
import type { Container, Pod } from '../../src/kubernetes.types.ts';
import {
  contextOf,
  initOf,
  injected,
  keys,
  manifestIn,
  names,
  namespaceOf,
  overTheWire,
  patched,
  podOf,
  problemsOf,
  proxyOf,
  settings,
  warningsOf,
} from './fixtures.ts';

const webhook = contextOf();
const cli = contextOf({ origin: 'cli' });

/** The pod as the webhook makes it at its first call. */
function injectedPod(pod: Pod = podOf(), annotations: Readonly<Record<string, string>> = {}): Pod {
  return overTheWire(injected(inject(pod, namespaceOf(annotations), webhook)).pod);
}

function withAnnotations(pod: Pod, annotations: Readonly<Record<string, string>>): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, ...annotations } },
  };
}

/** Changes the containers of ours that a pod carries. */
function withOurs(pod: Pod, change: (container: Container) => Container): Pod {
  const changed = (pod.spec?.initContainers ?? []).map((container) =>
    container.name.startsWith('outrigger-') ? change(container) : container,
  );
  return { ...pod, spec: { ...pod.spec, initContainers: changed } };
}

describe('a pod', () => {
  it('is rejected with all its problems, settings first', () => {
    const pod = podOf(settings({ 'proxy-await': 'yes', 'opaque-ports': '80x' }));
    expect(problemsOf(inject(pod, namespaceOf(settings({ 'proxy-uid': '0' })), webhook))).toEqual([
      expect.stringContaining('namespace annotation config.linkerd.io/proxy-uid'),
      expect.stringContaining('pod annotation config.linkerd.io/proxy-await'),
      expect.stringContaining('pod annotation config.linkerd.io/opaque-ports'),
    ]);
  });

  it('that is skipped does not have its settings judged', () => {
    const pod = podOf(settings({ 'proxy-await': 'yes' }), { hostNetwork: true });
    expect(inject(pod, namespaceOf(), webhook)).toEqual({ kind: 'skip', reasons: ['host_network'] });
  });

  it('is injected with a warning for each key that is unknown', () => {
    const outcome = inject(podOf(settings({ 'skip-inbound-port': '80' })), namespaceOf(), webhook);
    expect(warningsOf(outcome)).toEqual([
      'pod annotation config.linkerd.io/skip-inbound-port is unknown; did you mean config.linkerd.io/skip-inbound-ports?',
    ]);
  });

  it.each([
    ['baseline', 1],
    ['restricted', 1],
    ['privileged', 0],
  ])('in a namespace that enforces %s is injected with %d warning', (level, count) => {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    const warnings = warningsOf(inject(podOf(), namespaceOf({}, labels), webhook));
    expect(warnings).toEqual(
      Array.from(
        { length: count },
        () =>
          `namespace shop enforces pod security "${level}", which refuses the init container (NET_ADMIN, NET_RAW)`,
      ),
    );
  });

  it('is the same value in the end for the same pod, namespace and context', () => {
    const [first, second] = [0, 1].map(() => inject(podOf(), namespaceOf(), contextOf()));
    expect(first).toEqual(second);
  });

  it('keeps what Outrigger does not know of', () => {
    const pod = {
      kind: 'Pod',
      ...podOf(),
      status: { phase: 'Pending' },
      spec: { ...podOf().spec, future: [1] },
    };
    const outcome = injected(inject(pod, namespaceOf(), webhook));
    expect(outcome.pod).toMatchObject({ kind: 'Pod', status: { phase: 'Pending' }, spec: { future: [1] } });
  });

  it('tells on itself who injected it, and which proxy it has', () => {
    expect(injectedPod().metadata?.annotations).toMatchObject({
      'linkerd.io/created-by': 'outrigger/webhook 0.1.0',
      'linkerd.io/proxy-version': 'distroless-v1.40.0',
    });
    const byHand = injected(inject(podOf(), null, cli)).pod;
    expect(byHand.metadata?.annotations?.['linkerd.io/created-by']).toBe('outrigger/cli 0.1.0');
    expect(manifestIn(byHand).by).toBe('cli');
  });
});

describe('a pod that comes back', () => {
  it('is unchanged although others changed what does not matter to the plan', () => {
    const received = withOurs(injectedPod(), (container) => ({
      ...container,
      image: `mirror.local/${container.image}`,
      imagePullPolicy: 'Always',
      terminationMessagePath: '/dev/termination-log',
    }));
    expect(inject(received, namespaceOf(), webhook).kind).toBe('unchanged');
  });

  it("takes over a LimitRange's limits, and the proxy accepts no more connections than they bear", () => {
    const limits = { cpu: '1', memory: '512Mi' };
    const received = withOurs(injectedPod(), (container) => ({
      ...container,
      resources: { ...container.resources, limits },
    }));
    const outcome = injected(inject(received, namespaceOf(), webhook));
    const second = patched(received, outcome);
    expect(proxyOf(second).resources).toEqual({ requests: { cpu: '20m', memory: '40Mi' }, limits });
    expect(proxyOf(second).args?.join(' ')).toContain('max_active_downstream_connections: 7864');
    expect(outcome.plan.proxy.resources.limits).toEqual(limits);
    expect(inject(second, namespaceOf(), webhook).kind).toBe('unchanged');
  });

  it("is rejected where a LimitRange's limit is too small for the proxy to run in", () => {
    const received = withOurs(injectedPod(), (container) => ({
      ...container,
      resources: { ...container.resources, limits: { memory: '32Mi' } },
    }));
    expect(problemsOf(inject(received, namespaceOf(), webhook))).toEqual([
      "the proxy's memory limit 32Mi is too small to run in; give proxy-memory-limit at least 64Mi, or none",
    ]);
  });

  it("follows the namespace where the namespace's annotations changed meanwhile", () => {
    const received = injectedPod(podOf(), settings({ 'skip-outbound-ports': '4406' }));
    const second = patched(
      received,
      inject(received, namespaceOf(settings({ 'skip-outbound-ports': '5506' })), webhook),
    );
    expect(initOf(second).args).toContain('5506');
    expect(second.metadata?.annotations?.['config.linkerd.io/skip-outbound-ports']).toBe('5506');
    const third = patched(second, inject(second, namespaceOf(), webhook));
    expect(initOf(third).args).toContain('4567,4568');
    expect(third.metadata?.annotations).not.toHaveProperty('config.linkerd.io/skip-outbound-ports');
  });

  it('with a copied annotation that somebody edited since has a setting of its own', () => {
    const namespace = namespaceOf(settings({ 'skip-outbound-ports': '4406' }));
    const received = withAnnotations(
      injectedPod(podOf(), namespace.annotations),
      settings({ 'skip-outbound-ports': '7777' }),
    );
    const second = patched(received, inject(received, namespace, webhook));
    expect(initOf(second).args).toContain('7777');
    expect(manifestIn(second).copied).toBeUndefined();
    const third = patched(second, inject(second, namespaceOf(), webhook));
    expect(initOf(third).args).toContain('7777');
  });

  it('without one of our containers gets both anew', () => {
    const received = injectedPod();
    for (const gone of ['outrigger-init', 'outrigger-proxy']) {
      const left = (received.spec?.initContainers ?? []).filter(({ name }) => name !== gone);
      const damaged = { ...received, spec: { ...received.spec, initContainers: left } };
      const second = patched(damaged, inject(damaged, namespaceOf(), webhook));
      expect(names(second.spec?.initContainers)).toEqual(['outrigger-init', 'outrigger-proxy']);
    }
  });

  it('as a template with our annotations and without our containers is injected anew', () => {
    const { metadata } = injectedPod(podOf(), settings({ 'skip-outbound-ports': '4406' }));
    const stale: Pod = {
      metadata: metadata ?? {},
      spec: { containers: [{ name: 'other', image: 'other:1' }] },
    };
    const outcome = injected(inject(stale, namespaceOf(), webhook));
    expect(names(outcome.pod.spec?.initContainers)).toEqual(['outrigger-init', 'outrigger-proxy']);
    expect(initOf(outcome.pod).args).toContain('4567,4568');
  });

  it.each([
    ['beside ours', true, 'reject'],
    ['where ours are gone', false, 'skip'],
  ] as const)('with the proxy of another mesh %s', (_, oursThere, kind) => {
    const ours = injectedPod();
    const received: Pod = {
      ...ours,
      spec: {
        ...(oursThere && ours.spec),
        containers: [...(ours.spec?.containers ?? []), { name: 'istio-proxy' }],
      },
    };
    const outcome = inject(received, namespaceOf(), webhook);
    expect(outcome.kind).toBe(kind);
    expect(problemsOf(outcome)).toEqual(
      kind === 'reject'
        ? [
            'container "istio-proxy" of another mesh stands beside "outrigger-proxy"; a pod can have one proxy, so disable injection by one of the two',
          ]
        : [],
    );
  });

  it('with other wishes than at first is left as it is', () => {
    const received = withAnnotations(injectedPod(), { 'linkerd.io/inject': 'disabled' });
    expect(inject(received, namespaceOf(), webhook)).toEqual({ kind: 'skip', reasons: ['disabled_on_pod'] });
  });

  it('from the command line, where the webhook injected it, is unchanged', () => {
    expect(inject(injectedPod(), null, cli).kind).toBe('unchanged');
  });

  it('with a variable that somebody else added has it once, also where a setting adds it later', () => {
    const received = withOurs(injectedPod(), (container) => ({
      ...container,
      env: [
        { name: 'HTTP_PROXY', value: 'theirs' },
        { name: 'REGION', value: 'east' },
      ],
    }));
    const env = '[{"name":"HTTP_PROXY","value":"ours"}]';
    const second = patched(
      received,
      inject(received, namespaceOf(settings({ 'proxy-additional-env': env })), webhook),
    );
    expect(proxyOf(second).env).toEqual([
      { name: 'HTTP_PROXY', value: 'ours' },
      { name: 'REGION', value: 'east' },
    ]);
  });

  it('after the setting that added a variable is gone, has it no more', () => {
    const env = settings({ 'proxy-additional-env': '[{"name":"REGION","value":"east"}]' });
    const received = injectedPod(podOf(), env);
    expect(proxyOf(received).env).toEqual([{ name: 'REGION', value: 'east' }]);
    const second = patched(received, inject(received, namespaceOf(), webhook));
    expect(proxyOf(second)).not.toHaveProperty('env');
  });

  it('loses a limit that it had only for its fellow containers when one without a limit joins them', () => {
    const limited = { resources: { limits: { cpu: '1', memory: '1Gi' } } };
    const received = injectedPod(podOf({}, { containers: [{ name: 'app', ...limited }] }));
    expect(proxyOf(received).resources?.limits).toEqual({ cpu: '500m', memory: '256Mi' });
    const joined: Pod = {
      ...received,
      spec: { ...received.spec, containers: [{ name: 'agent' }, { name: 'app', ...limited }] },
    };
    const second = patched(joined, inject(joined, namespaceOf(), webhook));
    expect(proxyOf(second).resources).toEqual({ requests: { cpu: '20m', memory: '40Mi' } });
  });
});

describe('a pod into which the command line wrote the containers', () => {
  const byHand = overTheWire(injected(inject(podOf(), null, cli)).pod);

  it('is left alone by the webhook, whatever the namespace says', () => {
    for (const namespace of [namespaceOf(), namespaceOf(settings({ 'opaque-ports': '1x' }))])
      expect(inject(byHand, namespace, webhook)).toEqual({ kind: 'skip', reasons: ['already_injected'] });
  });

  it('is injected by the webhook where only the annotations are left', () => {
    const stale: Pod = { ...byHand, spec: podOf().spec ?? {} };
    const outcome = injected(inject(stale, namespaceOf(), webhook));
    expect(manifestIn(outcome.pod).by).toBe('webhook');
  });

  it('is upgraded by a newer command line', () => {
    const newer = contextOf({ origin: 'cli', version: '0.2.0' });
    const outcome = injected(inject(byHand, null, newer));
    expect(outcome.pod).toStrictEqual(injected(inject(podOf(), null, newer)).pod);
  });
});

const rejection = (error: string): Outcome => ({
  kind: 'reject',
  problems: [
    {
      code: 'unreadable_manifest',
      message: `pod annotation linkerd.io/injected: ${error}; it is written by Outrigger only: remove it and our containers, or run outrigger uninject`,
    },
  ],
});

describe('a manifest from outside', () => {
  const received = injectedPod(podOf({ team: 'shop' }, { volumes: [{ name: 'data' }] }));

  function forged(fields: object): Pod {
    return withAnnotations(received, {
      [keys.injected]: JSON.stringify({ ...manifestIn(received), plan: '0'.repeat(16), ...fields }),
    });
  }

  it.each([
    ['', 'it is not JSON'],
    ['yes', 'it is not JSON'],
    ['null', 'it is not a manifest of version 1'],
    ['[]', 'it is not a manifest of version 1'],
    ['{"v":2}', 'it is not a manifest of version 1'],
  ])('that is %j is an error', (text, error) => {
    expect(inject(withAnnotations(received, { [keys.injected]: text }), namespaceOf(), webhook)).toEqual(
      rejection(error),
    );
  });

  it.each([
    ['a field too many', { containers: ['app'] }],
    ['another author', { by: 'somebody' }],
    ['a hash that is none', { plan: 'x' }],
    ['a word of its own for how things stood', { was: { volumes: 'full' } }],
    ['a number for a text', { copied: { a: 1 } }],
    ['no containers', { init: undefined }],
  ])('with %s is an error', (_, fields) => {
    expect(inject(forged(fields), namespaceOf(), webhook)).toEqual(
      rejection('it is not a manifest of version 1'),
    );
  });

  it("cannot make us take out other people's containers, volumes or annotations", () => {
    const pod = withAnnotations(
      forged({
        copied: { team: 'shop', 'config.linkerd.io/proxy-log-level': 'info' },
        replaced: { team: 'evil', 'linkerd.io/inject': 'disabled' },
        added: { team: 'shop' },
        was: {
          metadata: 'absent',
          annotations: 'null',
          spec: 'absent',
          containers: 'absent',
          volumes: 'null',
        },
      }),
      settings({ 'proxy-log-level': 'debug' }),
    );
    const second = patched(pod, inject(pod, namespaceOf(), webhook));
    expect(names(second.spec?.containers)).toEqual(['app']);
    expect(names(second.spec?.volumes)).toEqual(['outrigger-run', 'outrigger-no-token', 'data']);
    expect(second.metadata).toMatchObject({
      name: 'web',
      annotations: { team: 'shop', 'config.linkerd.io/proxy-log-level': 'debug' },
    });
    expect(second.metadata?.annotations).not.toHaveProperty('linkerd.io/inject');
  });

  it('with amounts that are none changes nothing for the worse', () => {
    const pod = forged({
      proxy: { image: '', pull: '', requests: { cpu: 'lots' }, limits: { memory: 'NaN' } },
    });
    const second = patched(pod, inject(pod, namespaceOf(), webhook));
    expect(proxyOf(second).resources).toEqual({ requests: { cpu: '20m', memory: '40Mi' } });
  });
});
