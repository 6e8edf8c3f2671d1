import { describe, expect, it } from 'vitest';
import { probes } from '../../../src/proxy/envoy/probes.ts';
import { testPlan } from '../plan.ts';

const ports = { ...testPlan().ports, admin: 14_191 };

describe('the probes', () => {
  it('ask the admin port', () => {
    expect(probes(testPlan({ ports }))).toMatchObject({
      startupProbe: { httpGet: { path: '/ready', port: 14_191 }, periodSeconds: 1, failureThreshold: 120 },
      readinessProbe: { httpGet: { path: '/ready', port: 14_191 } },
      livenessProbe: { httpGet: { path: '/live', port: 14_191 } },
    });
  });

  it.each([
    ['a native sidecar that is awaited', 'native', true, true],
    ['not a native sidecar that is not', 'native', false, false],
    ['not a classic one, which cannot', 'classic', true, false],
  ] as const)('of the start hold back the application: %s', (_, placement, isAwaited, isThere) => {
    expect('startupProbe' in probes(testPlan({ placement, proxy: { await: isAwaited } }))).toBe(isThere);
  });
});
