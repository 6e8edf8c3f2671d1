import { describe, expect, it } from 'vitest';
import { remove } from '../../src/inject/apply.ts';
import type { InjectContext } from '../../src/inject/context.ts';
import { inject } from '../../src/inject/inject.ts';
import type { Container, Pod, Probe } from '../../src/kubernetes.types.ts';
import type { Plan } from '../../src/proxy/backend.ts';
import {
  argumentOf,
  containerOf,
  contextOf,
  injected,
  keys,
  manifestIn,
  namespaceOf,
  overTheWire,
  patched,
  podOf,
  proxyOf,
  settings,
} from './fixtures.ts';

const webhook = contextOf();

const app: Container = {
  name: 'app',
  image: 'app:1',
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 4 },
  livenessProbe: { tcpSocket: { port: 7000 } },
  startupProbe: { tcpSocket: { port: 3306 } },
};
const own = podOf({ team: 'shop' }, { containers: [app, { name: 'log' }] });

function first(pod: Pod = own, context = webhook): Pod {
  return patched(pod, inject(pod, namespaceOf(), context));
}

function second(received: Pod, context: InjectContext = webhook): Pod {
  return patched(received, inject(received, namespaceOf(), context));
}

function removed(pod: Pod): Pod {
  return remove(pod, manifestIn(pod), keys, webhook.backend.containerNames);
}

function withProbes(pod: Pod, change: (probe: Probe) => Probe): Pod {
  const containers = (pod.spec?.containers ?? []).map((container) => ({
    ...container,
    ...(container.readinessProbe && { readinessProbe: change(container.readinessProbe) }),
    ...(container.livenessProbe && { livenessProbe: change(container.livenessProbe) }),
  }));
  return { ...pod, spec: { ...pod.spec, containers } };
}

const checkedPorts = ({ proxy }: Plan): number[] => proxy.tcpChecks.map(({ port }) => port);

describe('a pod with tcpSocket probes', () => {
  const pod = first();

  it('asks the proxy, which dials its ports', () => {
    expect(containerOf(pod, 'app')).toEqual({
      ...app,
      readinessProbe: { httpGet: { path: '/probe/tcp/8080', port: 4191 }, periodSeconds: 4 },
      livenessProbe: { httpGet: { path: '/probe/tcp/7000', port: 4191 } },
    });
    expect(injected(inject(own, namespaceOf(), webhook)).plan.proxy.tcpChecks).toEqual([
      { port: 7000, intervalMs: 5000, timeoutMs: 1000 },
      { port: 8080, intervalMs: 2000, timeoutMs: 1000 },
    ]);
    expect(argumentOf(proxyOf(pod), '--config-yaml')).toContain('probe_7000');
    expect(proxyOf(pod).env).toEqual([
      { name: 'OUTRIGGER_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]);
  });

  it('still has the ports that it was probed on among those that metrics name', () => {
    expect(injected(inject(own, namespaceOf(), webhook)).plan.proxy.declaredPorts).toEqual([
      3306, 7000, 8080,
    ]);
  });

  it('says in the manifest what its probes were', () => {
    expect(manifestIn(pod).probes).toEqual({
      admin: 4191,
      tcp: [
        ['app', 'readinessProbe', 8080, 'http'],
        ['app', 'livenessProbe', 7000],
      ],
    });
    expect(manifestIn(first(podOf()))).not.toHaveProperty('probes');
  });

  it('gets them back, also after the API server has filled in defaults', () => {
    expect(removed(pod)).toStrictEqual(own);
    const defaulted = withProbes(pod, (probe) => ({
      ...probe,
      httpGet: { ...probe.httpGet, scheme: 'HTTP' },
      timeoutSeconds: 1,
    }));
    expect(removed(defaulted)).toStrictEqual(withProbes(own, (probe) => ({ ...probe, timeoutSeconds: 1 })));
    expect(inject(defaulted, namespaceOf(), webhook).kind).toBe('unchanged');
  });

  it('shares the containers that have none', () => {
    const outcome = injected(inject(own, namespaceOf(), contextOf()));
    expect(outcome.pod.spec?.containers?.[1]).toBe(own.spec?.containers?.[1]);
  });

  it('has a patch of two operations a probe, and no container of its own in it', () => {
    const { patch } = injected(inject(own, namespaceOf(), webhook));
    const paths = patch.map(({ op, path }) => `${op} ${path}`).filter((text) => text.includes('Probe'));
    expect(paths.toSorted()).toEqual([
      'add /spec/containers/0/livenessProbe/httpGet',
      'add /spec/containers/0/readinessProbe/httpGet',
      'remove /spec/containers/0/livenessProbe/tcpSocket',
      'remove /spec/containers/0/readinessProbe/tcpSocket',
    ]);
    expect(JSON.stringify(patch)).not.toContain('app:1');
  });

  it('is patched rightly where the proxy goes before its containers', () => {
    const classic = contextOf({ cluster: { nativeSidecars: false } });
    const outcome = injected(inject(own, namespaceOf(), classic));
    expect(patched(own, outcome)).toStrictEqual(overTheWire(outcome.pod));
    expect(containerOf(first(own, classic), 'app').livenessProbe).toHaveProperty('httpGet');
  });
});

describe('a pod that comes back', () => {
  const pod = first();

  it('has its probes follow the admin port', () => {
    const moved = {
      ...pod,
      metadata: {
        ...pod.metadata,
        annotations: { ...pod.metadata?.annotations, ...settings({ 'admin-port': '5000' }) },
      },
    };
    const probe = { httpGet: { path: '/probe/tcp/7000', port: 5000 } };
    expect(containerOf(second(moved), 'app').livenessProbe).toEqual(probe);
    expect(removed(second(moved)).spec).toStrictEqual(own.spec);
  });

  it('has them back where its ports are skipped meanwhile', () => {
    const received = second(pod, contextOf({ config: { defaults: { 'skip-inbound-ports': '*' } } }));
    expect(containerOf(received, 'app')).toEqual(app);
    expect(manifestIn(received)).not.toHaveProperty('probes');
    expect(proxyOf(received)).not.toHaveProperty('env');
  });

  it('keeps a probe that somebody else has put there', () => {
    const theirs = { httpGet: { path: '/app-health', port: 15_020 } };
    const received = withProbes(pod, (probe) => (probe.httpGet?.path === '/probe/tcp/7000' ? theirs : probe));
    const outcome = injected(inject(received, namespaceOf(), webhook));
    expect(containerOf(outcome.pod, 'app').livenessProbe).toEqual(theirs);
    expect(checkedPorts(outcome.plan)).toEqual([8080]);
    expect(containerOf(removed(second(received)), 'app')).toEqual({ ...app, livenessProbe: theirs });
  });

  it.each<[string, Probe]>([
    ['host', { httpGet: { path: '/probe/tcp/7000', port: 4191, host: 'x' } }],
    ['scheme', { httpGet: { path: '/probe/tcp/7000', port: 4191, scheme: 'HTTPS' } }],
    ['header', { httpGet: { path: '/probe/tcp/7000', port: 4191, httpHeaders: [] } }],
    ['port', { httpGet: { path: '/probe/tcp/7000', port: 4192 } }],
    ['path', { httpGet: { path: '/probe/tcp/7001', port: 4191 } }],
    ['second handler', { httpGet: { path: '/probe/tcp/7000', port: 4191 }, tcpSocket: { port: 1 } }],
  ])('keeps a probe that has another %s now', (_, theirs) => {
    const received = withProbes(pod, (probe) => (probe.httpGet?.path === '/probe/tcp/7000' ? theirs : probe));
    expect(containerOf(removed(received), 'app').livenessProbe).toEqual(theirs);
  });

  it('has the probes of a container rewritten that was put in since, of a new port and of a known one', () => {
    for (const port of [7070, 7000]) {
      const agent = { name: 'agent', livenessProbe: { tcpSocket: { port } } };
      const received = { ...pod, spec: { ...pod.spec, containers: [agent, ...pod.spec!.containers!] } };
      const after = second(received);
      expect(containerOf(after, 'agent').livenessProbe).toHaveProperty('httpGet.path', `/probe/tcp/${port}`);
      expect(inject(after, namespaceOf(), webhook).kind).toBe('unchanged');
      expect(containerOf(removed(after), 'agent')).toEqual(agent);
    }
  });

  it('has a name looked up anew where its port has changed', () => {
    const received = overTheWire(pod);
    const containers = received.spec!.containers!.map((container) =>
      container.name === 'app' ? { ...container, ports: [{ name: 'http', containerPort: 9090 }] } : container,
    );
    const after = second({ ...received, spec: { ...received.spec, containers } });
    expect(containerOf(after, 'app').readinessProbe).toHaveProperty('httpGet.path', '/probe/tcp/9090');
    expect(manifestIn(after).probes?.tcp[0]).toEqual(['app', 'readinessProbe', 9090, 'http']);
  });
});

it('containers of one name, which the API server refuses, get their own probes back', () => {
  const twins = [8001, 8002].map((port) => ({ name: 'twin', readinessProbe: { tcpSocket: { port } } }));
  const pod = podOf({}, { containers: twins });
  expect(removed(first(pod))).toStrictEqual(pod);
});

describe('a probe that asks the proxy because somebody wrote it so', () => {
  const byHand: Probe = { httpGet: { path: '/probe/tcp/7000', port: 4191 }, periodSeconds: 2 };
  const pod = podOf({}, { containers: [{ name: 'app', livenessProbe: byHand }] });

  it('is answered, and stays when the injection goes', () => {
    for (const context of [webhook, contextOf({ origin: 'cli', keepsProbes: true })]) {
      const outcome = injected(inject(pod, namespaceOf(), context));
      expect(outcome.plan.proxy.tcpChecks).toEqual([{ port: 7000, intervalMs: 1000, timeoutMs: 1000 }]);
      expect(outcome.warnings).toEqual([]);
      expect(removed(outcome.pod)).toStrictEqual(pod);
    }
  });

  it('is one of its own where it asks another port', () => {
    const elsewhere = podOf(
      {},
      { containers: [{ name: 'app', livenessProbe: { httpGet: { path: '/probe/tcp/7000', port: 80 } } }] },
    );
    expect(injected(inject(elsewhere, namespaceOf(), webhook)).plan.proxy.tcpChecks).toEqual([]);
  });
});

/** With another record of rewritten probes. */
function forged(probes: unknown, pod = first()): Pod {
  const text = JSON.stringify({ ...manifestIn(pod), probes });
  return { ...pod, metadata: { annotations: { [keys.injected]: text } } };
}

describe('a manifest from outside', () => {
  it.each<[string, unknown]>([
    ['no list', { admin: 4191 }],
    ['no admin port', { tcp: [] }],
    ['a port that is none', { admin: 0, tcp: [] }],
    ['a field too many', { admin: 4191, tcp: [], exec: ['rm'] }],
    ['another field of a container', { admin: 4191, tcp: [['app', 'command', 80]] }],
    ['a name that is none', { admin: 4191, tcp: [['app', 'livenessProbe', 80, 'A b']] }],
    ['an entry too long', { admin: 4191, tcp: [['app', 'livenessProbe', 80, 'a', 'b']] }],
    ['an entry too short', { admin: 4191, tcp: [['app', 'livenessProbe']] }],
  ])('with %s is an error', (_, probes) => {
    expect(inject(forged(probes), namespaceOf(), webhook)).toMatchObject({
      kind: 'reject',
      problems: [{ code: 'unreadable_manifest' }],
    });
  });

  it('changes no probe but those that ask the proxy about that port', () => {
    const tcp = (['readinessProbe', 'livenessProbe', 'startupProbe'] as const).flatMap((field) =>
      ['app', 'log', '__proto__', 'outrigger-proxy'].map((name) => [name, field, 22, 'ssh']),
    );
    const pod = first(
      podOf({}, { containers: [{ name: 'app', readinessProbe: { httpGet: { path: '/', port: 80 } } }] }),
    );
    const received = forged({ admin: 80, tcp }, pod);
    expect(removed(received).spec).toStrictEqual(removed(pod).spec);
  });
});

describe('the command line', () => {
  const cli = contextOf({ origin: 'cli', keepsProbes: true });

  it('rewrites nothing, and says what to do', () => {
    const outcome = injected(inject(own, null, cli));
    expect(containerOf(outcome.pod, 'app')).toBe(own.spec?.containers?.[0]);
    expect(outcome.plan.proxy.tcpChecks).toEqual([]);
    expect(outcome.warnings.map(({ message }) => message)).toEqual([
      'container "app": the tcpSocket readinessProbe on port 8080 always passes through the proxy; the webhook rewrites it, inject --manual does not: write httpGet {path: /probe/tcp/8080, port: 4191} instead, or skip the port (skip-inbound-ports)',
      'container "app": the tcpSocket livenessProbe on port 7000 always passes through the proxy; the webhook rewrites it, inject --manual does not: write httpGet {path: /probe/tcp/7000, port: 4191} instead, or skip the port (skip-inbound-ports)',
    ]);
  });

  it('leaves a pod alone that the webhook has injected', () => {
    expect(inject(first(), null, cli).kind).toBe('unchanged');
  });

  it('does not take probes for rewritten because a template carries the annotations of an injected pod', () => {
    const stale = { ...own, metadata: first().metadata ?? {} };
    expect(injected(inject(stale, null, cli)).warnings).toHaveLength(2);
  });
});
