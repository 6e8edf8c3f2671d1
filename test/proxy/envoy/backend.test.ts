import { describe, expect, it } from 'vitest';
import { envoy } from '../../../src/proxy/envoy/backend.ts';
import { envoyArguments } from '../../../src/proxy/envoy/arguments.ts';
import { probes } from '../../../src/proxy/envoy/probes.ts';
import { portListType, portsOf } from '../../../src/settings/values/port-list.ts';
import { singlePorts, type PortSet } from '../../../src/settings/values/port-set.ts';
import { anew, testPlan } from '../plan.ts';

const check = (memory?: string | number) =>
  envoy.check(testPlan({ proxy: { resources: memory === undefined ? {} : { limits: { memory } } } }));

const check80 = (index: number) => ({ port: index + 1, intervalMs: 1000, timeoutMs: 1000 });

describe('the Envoy backend', () => {
  it.each([
    ['skip-inbound-ports', [3306, 4567, 4568, 5432, 33_060]],
    ['skip-outbound-ports', [4567, 4568]],
    ['opaque-ports', [25, 514, 587, 2003, 3306, 4222, 4444, 5432, 6222, 6379, 9300, 11_211, 27_017]],
  ] as const)('has its own default for %s', (key, ports) => {
    const list = portListType({ names: false }).parse(envoy.defaults[key]!);
    expect(list.ok && portsOf(list.value, [], new Map())).toEqual(singlePorts(ports));
  });

  it('rejects a memory limit in which Envoy cannot run', () => {
    expect(check('63Mi')).toEqual({
      problems: [
        {
          code: 'memory_limit_too_small',
          message:
            "the proxy's memory limit 63Mi is too small to run in; give proxy-memory-limit at least 64Mi, or none",
        },
      ],
      warnings: [],
    });
  });

  it('warns of one that leaves room for few connections', () => {
    expect(check('64Mi')).toEqual({
      problems: [],
      warnings: [
        {
          code: 'few_connections',
          message:
            "the proxy's memory limit 64Mi leaves room for 100 connections; give proxy-memory-limit 133Mi or more",
        },
      ],
    });
    expect(check('136071Ki').warnings).toHaveLength(1);
  });

  it.each([
    ['none at all'],
    ['just enough', '136072Ki'],
    ['what the warning advises', '133Mi'],
    ['bytes', 10 ** 9],
  ])('has nothing to say of a memory limit that is %s', (_, memory?: string | number) => {
    expect(check(memory)).toEqual({ problems: [], warnings: [] });
  });

  it.each([
    ['MySQL', 3306],
    ['MySQL', 33_060],
    ['PostgreSQL', 5432],
  ])('warns where %s on %i, which may trust its own host, is proxied', (server, port) => {
    const planOf = (skipInbound: PortSet) =>
      testPlan({ init: { skipInbound }, proxy: { declaredPorts: [80, port] } });
    const message = `port ${port} is not in skip-inbound-ports, so it is proxied: ${server} sees the pod's own address as every client's, and lets all of them in where it trusts its own host; add default to the list`;

    expect(envoy.check(planOf([]))).toEqual({
      problems: [],
      warnings: [{ code: 'clients_look_local', message }],
    });
    expect(envoy.check(planOf([[port, port]])).warnings).toEqual([]);
  });

  it.each([
    ['probes ask about', { tcpChecks: Array.from({ length: 700 }, (_, i) => check80(i)) }],
    ['are declared', { declaredPorts: Array.from({ length: 17_000 }, (_, i) => i + 1) }],
  ])('refuses more ports than an argument can hold, without writing them down: %s', (_, proxy) => {
    const { problems } = envoy.check(testPlan({ proxy }));
    expect(problems).toMatchObject([{ code: 'argument_too_long' }]);
  });

  it('renders arguments, the admin port under its name, and probes', () => {
    const plan = testPlan({ ports: { inbound: 1, outbound: 2, admin: 14_191, control: 3 } });
    expect(envoy.render(plan, anew)).toEqual({
      args: envoyArguments(plan, anew),
      env: [],
      ports: [{ name: 'outrigger-admin', containerPort: 14_191 }],
      preStop: { httpGet: { path: '/drain', port: 14_191 } },
      ...probes(plan),
    });
    expect(envoy.render(testPlan({ placement: 'classic' }), anew)).not.toHaveProperty('preStop');
  });

  it('renders equal containers for equal plans', () => {
    const copy = JSON.parse(JSON.stringify(testPlan())) as ReturnType<typeof testPlan>;
    expect(envoy.render(copy, anew)).toEqual(envoy.render(testPlan(), anew));
  });
});
