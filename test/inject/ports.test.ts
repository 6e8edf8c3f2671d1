import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import type { PodSpec, StringMap } from '../../src/kubernetes.types.ts';
import type { Plan } from '../../src/proxy/backend.ts';
import { formatPorts, type PortSet } from '../../src/settings/values/port-set.ts';
import { contextOf, injected, namespaceOf, podOf, problemsOf, settings } from './fixtures.ts';

interface Layers {
  readonly installation?: string;
  readonly namespace?: string;
  readonly pod?: string;
}

const spec: PodSpec = {
  initContainers: [{ name: 'setup', ports: [{ name: 'http', containerPort: 8081 }] }],
  containers: [
    {
      name: 'app',
      ports: [
        { name: 'http', containerPort: 8080 },
        { name: 'mysql', containerPort: 4406, protocol: 'TCP' },
        { name: 'dns', containerPort: 53, protocol: 'UDP' },
        { containerPort: 9090, name: null },
      ],
    },
  ],
};

function planOf(key: string, { installation, namespace, pod }: Layers): Plan {
  const texts = (text: string | undefined): StringMap =>
    text === undefined ? {} : settings({ [key]: text });
  const context = contextOf({
    config: installation === undefined ? {} : { defaults: { [key]: installation } },
  });
  return injected(inject(podOf(texts(pod), spec), namespaceOf(texts(namespace)), context)).plan;
}

function print(set: PortSet): string {
  return formatPorts(set);
}

describe('ports skipped on the way out', () => {
  it.each([
    ['are the default', {}, '4567,4568'],
    ['are those of the installation', { installation: '1' }, '1'],
    ['add to the default', { pod: 'default,4406' }, '4406,4567,4568'],
    ['replace the default', { pod: '4406' }, '4406'],
    ['may be none', { pod: '' }, ''],
    [
      "add to the namespace's, which adds to the installation's",
      { installation: 'default,1', namespace: 'default,2', pod: 'default,3' },
      '1-3,4567,4568',
    ],
    ["replace the namespace's", { namespace: 'default,2', pod: '3' }, '3'],
    ["take a port out of the namespace's", { namespace: '1-9', pod: 'default,!5' }, '1-4,6-9'],
    ['are all but one', { pod: '!8080' }, '1-8079,8081-65535'],
  ] satisfies [string, Layers, string][])('%s', (_, layers, ports) => {
    expect(print(planOf('skip-outbound-ports', layers).init.skipOutbound)).toBe(ports);
  });
});

describe('ports skipped on the way in', () => {
  it.each([
    ["are the databases' and the proxy's own", {}, '3306,4140,4143,4190,4191,4567,4568,5432,33060'],
    ["are at least the proxy's own", { pod: '' }, '4140,4143,4190,4191'],
    [
      "keep the proxy's own, also where those are taken out",
      { pod: '80,!4191,!4190' },
      '80,4140,4143,4190,4191',
    ],
    ['may be given by name, of all containers', { pod: 'http' }, '4140,4143,4190,4191,8080,8081'],
    ['take back a database', { pod: 'default,!3306' }, '4140,4143,4190,4191,4567,4568,5432,33060'],
    [
      'of a namespace may name what this pod does not have',
      { namespace: 'postgres,80' },
      '80,4140,4143,4190,4191',
    ],
    ['of a namespace that name what the pod has count', { namespace: 'mysql' }, '4140,4143,4190,4191,4406'],
  ] satisfies [string, Layers, string][])('%s', (_, layers, ports) => {
    expect(print(planOf('skip-inbound-ports', layers).init.skipInbound)).toBe(ports);
  });
});

describe('opaque ports', () => {
  const builtIn = '25,514,587,2003,3306,4222,4444,5432,6222,6379,9300,11211,27017';
  it.each([
    ['are the default both ways', {}, builtIn, builtIn],
    [
      'replace the default on the way in, and add to it on the way out',
      { installation: '25,3306', pod: '4406' },
      '4406',
      '25,3306,4406',
    ],
    ['add to the default both ways', { installation: '25', pod: 'default,4406' }, '25,4406', '25,4406'],
    [
      'may be none on the way in; on the way out the default stays',
      { installation: '25', pod: '' },
      '',
      '25',
    ],
    ['are taken out both ways', { installation: '25,3306', pod: 'default,!3306' }, '25', '25'],
    [
      'are taken out on the way out, also without default',
      { installation: '25,3306', pod: '4406,!3306' },
      '4406',
      '25,4406',
    ],
    [
      "of a pod replace the namespace's, not the installation's, on the way out",
      { installation: '25', namespace: '1', pod: '2' },
      '2',
      '2,25',
    ],
    [
      "of a pod add to the namespace's with default",
      { installation: '25', namespace: '1', pod: 'default,2' },
      '1,2',
      '1,2,25',
    ],
    [
      'that the namespace took out stay out',
      { installation: '25,3306', namespace: 'default,!3306', pod: 'default,4406' },
      '25,4406',
      '25,4406',
    ],
    ['may be given by name', { installation: '25', pod: 'mysql' }, '4406', '25,4406'],
    [
      'are all but one, both ways',
      { installation: '25', pod: '!8080' },
      '1-8079,8081-65535',
      '1-8079,8081-65535',
    ],
  ] satisfies [string, Layers, string, string][])('%s', (_, layers, inbound, outbound) => {
    const { opaque } = planOf('opaque-ports', layers).proxy;
    expect([print(opaque.inbound), print(opaque.outbound)]).toEqual([inbound, outbound]);
  });
});

describe("a port's name that no container has", () => {
  it.each(['skip-inbound-ports', 'opaque-ports'])(
    "in the pod's own %s is an error that names those that exist",
    (key) => {
      const outcome = inject(
        podOf(settings({ [key]: 'default,htpp,!dns' }), spec),
        namespaceOf(),
        contextOf(),
      );
      expect(problemsOf(outcome)).toEqual([
        `pod annotation config.linkerd.io/${key}: no container has a TCP port named "htpp"; the names are http, mysql`,
        `pod annotation config.linkerd.io/${key}: no container has a TCP port named "dns"; the names are http, mysql`,
      ]);
    },
  );

  it('is said to be so where no port of the pod has a name', () => {
    const outcome = inject(podOf(settings({ 'opaque-ports': 'http' })), namespaceOf(), contextOf());
    expect(problemsOf(outcome)).toEqual([
      'pod annotation config.linkerd.io/opaque-ports: no container has a TCP port named "http"; no port of this pod has a name',
    ]);
  });

  it('does not count as known because our own container has it', () => {
    const pod = podOf(settings({ 'opaque-ports': 'outrigger-admin' }));
    expect(problemsOf(inject(pod, namespaceOf(), contextOf()))).toHaveLength(1);
  });
});

it('the declared ports are the TCP ports of all containers and those that are probed, once each and sorted', () => {
  const pod = podOf(
    {},
    {
      initContainers: [{ name: 'setup', ports: [{ containerPort: 9000 }] }],
      containers: [
        {
          name: 'app',
          ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 80 }],
          readinessProbe: { httpGet: { port: 8080 } },
          livenessProbe: { tcpSocket: { port: 7000 } },
          startupProbe: { grpc: { port: 6000 } },
        },
        {
          name: 'log',
          readinessProbe: { httpGet: { port: 'http' } },
          livenessProbe: { exec: {} },
          ports: null,
        },
      ],
    },
  );
  expect(injected(inject(pod, namespaceOf(), contextOf())).plan.proxy.declaredPorts).toEqual([
    80, 6000, 7000, 8080, 9000,
  ]);
});
