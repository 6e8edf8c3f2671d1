import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { LogLevel } from '../../../src/settings/values/log-level.ts';
import { envoyArguments } from '../../../src/proxy/envoy/arguments.ts';
import { bootstrap } from '../../../src/proxy/envoy/bootstrap.ts';
import { printFlowYaml } from '../../../src/proxy/envoy/flow-yaml.ts';
import { anyPlan } from '../any-plan.ts';
import { anew, testPlan } from '../plan.ts';

function argument(args: readonly string[], flag: string): string | undefined {
  return args[args.indexOf(flag) + 1];
}

/** As the kubelet's expansion package does it, for a container with the variables of the backend. */
function expandedByKubelet(text: string): string {
  const values: Readonly<Record<string, string>> = { $$: '$', '$(OUTRIGGER_POD_IP)': podIp };
  return text.replaceAll(/\$\$|\$\([^)]*\)/gu, (found) => values[found] ?? 'EXPANDED');
}

const podIp = '10.1.2.3';

/** The length of the configuration in the JSON of a pod whose probes ask about these ports. */
function bytes(...ports: number[]): number {
  const tcpChecks = ports.map((port) => ({ port, intervalMs: 5000, timeoutMs: 1000 }));
  return JSON.stringify(argument(envoyArguments(testPlan({ proxy: { tcpChecks } }), anew), '--config-yaml'))
    .length;
}

describe("Envoy's arguments", () => {
  it('are the configuration, and what it cannot say', () => {
    expect(envoyArguments(testPlan(), anew)).toEqual([
      '--config-yaml',
      printFlowYaml(bootstrap(testPlan())),
      '--concurrency',
      '2',
      '--disable-hot-restart',
      '--drain-time-s',
      '3',
      '--drain-strategy',
      'immediate',
      '--log-level',
      'warning',
      '--component-log-level',
      'misc:error,main:error',
    ]);
  });

  it('silence what is said at each start at the default level only', () => {
    const args = envoyArguments(testPlan({ proxy: { logLevel: 'info' } }), anew);
    expect(argument(args, '--component-log-level')).toBe('misc:error');
  });

  it('carry a default configuration of at most 10 KiB, as it stands in the JSON of a pod', () => {
    expect(
      JSON.stringify(argument(envoyArguments(testPlan(), anew), '--config-yaml')).length,
    ).toBeLessThanOrEqual(10 * 1024);
  });

  it('carry little more for each port that probes ask about', () => {
    expect(bytes(10_001) - bytes()).toBeLessThanOrEqual(800);
    expect(bytes(10_001, 10_002, 10_003) - bytes(10_001, 10_002)).toBeLessThanOrEqual(450);
  });

  it.each([
    ['two without a cpu limit', undefined, '2'],
    ['one for a part of a core', '100m', '1'],
    ['one for one core', '1', '1'],
    ['two for a core and a bit', '1001m', '2'],
    ['three for 2.5 as a number', 2.5, '3'],
    ['four at most', '16', '4'],
  ])('give worker threads: %s', (_, cpu, threads) => {
    const plan = testPlan({ proxy: { resources: cpu === undefined ? {} : { limits: { cpu } } } });
    expect(argument(envoyArguments(plan, anew), '--concurrency')).toBe(threads);
  });

  it.each<[LogLevel, string]>([
    ['trace', 'trace'],
    ['debug', 'debug'],
    ['info', 'info'],
    ['warn', 'warning'],
    ['error', 'error'],
    ['off', 'off'],
  ])('give the log level %s as %s', (logLevel, level) => {
    expect(argument(envoyArguments(testPlan({ proxy: { logLevel } }), anew), '--log-level')).toBe(level);
  });

  it.each(['$(HOME)', '$$(HOME)', '$', '$$', 'a$b'])(
    'reach Envoy as they are through the kubelet: %s',
    (upgrade) => {
      const plan = testPlan({ proxy: { upgrades: [upgrade] } });
      const text = expandedByKubelet(argument(envoyArguments(plan, anew), '--config-yaml')!);
      expect(parse(text, { maxAliasCount: -1 })).toEqual(bootstrap(plan));
    },
  );

  it('reach Envoy as they are through the kubelet, for any plan', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const text = expandedByKubelet(argument(envoyArguments(plan, anew), '--config-yaml')!);
        expect(text).toBe(printFlowYaml(bootstrap(plan)).replaceAll('$(OUTRIGGER_POD_IP)', podIp));
      }),
    );
  });
});
