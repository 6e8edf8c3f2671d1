import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import type { Container, Probe, StringMap } from '../../src/kubernetes.types.ts';
import { containerOf, contextOf, injected, namespaceOf, podOf, settings } from './fixtures.ts';

const ports = [
  { name: 'http', containerPort: 8080 },
  { name: 'dns', containerPort: 53, protocol: 'UDP' },
];

interface Case {
  readonly probe?: Probe;
  readonly annotations?: StringMap;
  readonly nativeSidecars?: boolean;
  /** Puts the container among the init containers. */
  readonly asInit?: Partial<Container>;
}

/** What the readiness probe of `app` asks in the end. */
function handlerOf({ probe, annotations = {}, nativeSidecars = true, asInit }: Case): unknown {
  const app = { name: 'app', ports, readinessProbe: probe ?? { tcpSocket: { port: 8080 } }, ...asInit };
  const other = { name: 'other', ports: [{ name: 'mysql', containerPort: 4406 }] };
  const pod = podOf(
    settings(annotations),
    asInit ? { initContainers: [app], containers: [other] } : { containers: [app, other] },
  );
  const outcome = inject(pod, namespaceOf(), contextOf({ cluster: { nativeSidecars } }));
  return containerOf(injected(outcome).pod, 'app').readinessProbe;
}

const asked = (port: number, admin = 4191): Probe => ({
  httpGet: { path: `/probe/tcp/${port}`, port: admin },
});

describe('a tcpSocket probe asks the proxy instead', () => {
  it.each<[string, Case, Probe]>([
    ['of a port by number', {}, asked(8080)],
    ['of a port that no container declares', { probe: { tcpSocket: { port: 7000 } } }, asked(7000)],
    ['by the name of a port of its own container', { probe: { tcpSocket: { port: 'http' } } }, asked(8080)],
    [
      'by the name of a port that is UDP: to the kubelet that is a name too',
      { probe: { tcpSocket: { port: 'dns' } } },
      asked(53),
    ],
    [
      'of a database, where its port is not skipped',
      { probe: { tcpSocket: { port: 3306 } }, annotations: { 'skip-inbound-ports': '' } },
      asked(3306),
    ],
    ['on the admin port of the plan', { annotations: { 'admin-port': '5000' } }, asked(8080, 5000)],
    ['where the proxy is placed classically', { nativeSidecars: false }, asked(8080)],
    ['of a sidecar among the init containers', { asInit: { restartPolicy: 'Always' } }, asked(8080)],
    [
      'and keeps everything but the handler',
      { probe: { tcpSocket: { port: 8080 }, periodSeconds: 3, failureThreshold: 9, future: [1] } },
      { ...asked(8080), periodSeconds: 3, failureThreshold: 9, future: [1] },
    ],
  ])('%s', (_, given, expected) => {
    expect(handlerOf(given)).toEqual(expected);
  });
});

const tcp = (handler: object): Probe => ({ tcpSocket: { port: 8080, ...handler } });

describe('a probe stays as it is', () => {
  it.each<[string, Case]>([
    ['of a port that is skipped on the way in by default', { probe: { tcpSocket: { port: 3306 } } }],
    ['of a port that the pod skips', { annotations: { 'skip-inbound-ports': '8000-8080' } }],
    [
      'of a name whose port is skipped',
      { probe: tcp({ port: 'http' }), annotations: { 'skip-inbound-ports': 'http' } },
    ],
    ["of the proxy's own port", { probe: tcp({ port: 4191 }) }],
    ['with a host, which may be another', { probe: tcp({ host: 'db.shop.svc' }) }],
    ['with a field that Outrigger does not know', { probe: tcp({ tls: {} }) }],
    ['of a name that no container has', { probe: tcp({ port: 'nobody' }) }],
    ['of a name that another container has', { probe: tcp({ port: 'mysql' }) }],
    ['of a number in quotes, which the API server refuses', { probe: tcp({ port: '8080' }) }],
    ['of port 0', { probe: tcp({ port: 0 }) }],
    ['of a port too large', { probe: tcp({ port: 65_536 }) }],
    ['of no port', { probe: { tcpSocket: {} } }],
    ['with a second handler, which the API server refuses', { probe: { ...tcp({}), grpc: { port: 1 } } }],
    ['of another kind', { probe: { httpGet: { path: '/', port: 8080 } } }],
    ['of an init container that ends', { asInit: {} }],
    [
      'of a sidecar that starts before the proxy',
      { asInit: { restartPolicy: 'Always' }, nativeSidecars: false },
    ],
  ])('%s', (_, given) => {
    expect(handlerOf(given)).toEqual(given.probe ?? { tcpSocket: { port: 8080 } });
  });

  it('that is a hook: the kubelet fails a tcpSocket hook, with and without a proxy', () => {
    const lifecycle = { postStart: { tcpSocket: { port: 8080 } }, preStop: { tcpSocket: { port: 8080 } } };
    const pod = podOf({}, { containers: [{ name: 'app', lifecycle }] });
    const outcome = injected(inject(pod, namespaceOf(), contextOf()));
    expect(containerOf(outcome.pod, 'app').lifecycle).toEqual(lifecycle);
    expect(outcome.plan.proxy.tcpChecks).toEqual([]);
  });
});
