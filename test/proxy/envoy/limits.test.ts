import { describe, expect, it } from 'vitest';
import { connectionLimit, memoryLimitBytes, overloadManager } from '../../../src/proxy/envoy/limits.ts';
import { testPlan } from '../plan.ts';

const withMemory = (memory: string | number) => testPlan({ proxy: { resources: { limits: { memory } } } });

describe('the memory limit', () => {
  it.each([
    ['a quantity', withMemory('256Mi'), 256 * 2 ** 20],
    ['a number of bytes', withMemory(10 ** 8), 10 ** 8],
    ['none where there are only requests', testPlan(), undefined],
    [
      'none where another resource is limited',
      testPlan({ proxy: { resources: { limits: { cpu: 1 } } } }),
      undefined,
    ],
    ['none where it is null', testPlan({ proxy: { resources: { limits: null } } }), undefined],
    ['none where it is zero', withMemory(0), undefined],
  ])('is %s', (_, plan, bytes) => {
    expect(memoryLimitBytes(plan)).toBe(bytes);
  });
});

describe('the connection limit', () => {
  it.each([
    ['what is left after 128 MiB, 50 KiB each', '256Mi', 2621],
    ['a hundred where the formula gives just that', '136072Ki', 100],
    ['one more from 50 KiB more on', '136122Ki', 101],
    ['a hundred below that', '64Mi', 100],
  ])('is %s', (_, memory, connections) => {
    expect(connectionLimit(memoryLimitBytes(withMemory(memory))!)).toBe(connections);
  });
});

describe('the overload manager', () => {
  it('is left out without a memory limit: it would look for cgroup files', () => {
    expect(overloadManager(testPlan())).toEqual({});
  });

  it('limits connections and watches memory with one', () => {
    expect(overloadManager(withMemory('256Mi'))).toMatchObject({
      overload_manager: {
        resource_monitors: [
          { name: 'envoy.resource_monitors.cgroup_memory' },
          {
            name: 'envoy.resource_monitors.global_downstream_max_connections',
            typed_config: { max_active_downstream_connections: 2621 },
          },
        ],
        actions: [
          { name: 'envoy.overload_actions.shrink_heap' },
          { name: 'envoy.overload_actions.stop_accepting_connections' },
        ],
      },
    });
  });
});
