import { describe, expect, it } from 'vitest';
import type { TcpCheck } from '../../../src/proxy/tcp-check.ts';
import { adminListener } from '../../../src/proxy/envoy/admin.ts';
import { clusters } from '../../../src/proxy/envoy/clusters.ts';
import { tcpCheckClusters, tcpCheckEnv, tcpCheckFilters } from '../../../src/proxy/envoy/tcp-checks.ts';
import { testPlan } from '../plan.ts';

const checks: readonly TcpCheck[] = [
  { port: 4406, intervalMs: 5000, timeoutMs: 1000 },
  { port: 8080, intervalMs: 1500, timeoutMs: 3000 },
];
const plan = testPlan({ proxy: { tcpChecks: checks } });

describe('a TCP check', () => {
  it('dials the address that the kubelet would dial, from loopback', () => {
    const address = { socket_address: { address: '$(OUTRIGGER_POD_IP)', port_value: 4406 } };
    expect(tcpCheckClusters(plan)[0]).toMatchObject({
      name: 'probe_4406',
      type: 'STATIC',
      load_assignment: {
        cluster_name: 'probe_4406',
        endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
      },
      upstream_bind_config: { source_address: { address: '127.0.0.1', port_value: 0 } },
    });
  });

  it('dials from loopback on a cluster with IPv6 too, whatever the family of the pod', () => {
    const sources = { extra_source_addresses: [{ address: { address: '::1', port_value: 0 } }] };
    expect(tcpCheckClusters({ ...plan, ipv6: true })[0]).toHaveProperty(
      'upstream_bind_config',
      expect.objectContaining(sources),
    );
    expect(JSON.stringify(tcpCheckClusters(plan))).not.toContain('::1');
  });

  it('dials each second while nothing accepts, and as often as it should while something does', () => {
    const [, second] = tcpCheckClusters(plan);
    expect(second).toHaveProperty('health_checks', [
      {
        timeout: '3s',
        interval: '1s',
        no_traffic_interval: '1s',
        no_traffic_healthy_interval: '1.5s',
        unhealthy_threshold: 1,
        healthy_threshold: 1,
        tcp_health_check: {},
      },
    ]);
  });

  it('is answered on GET of exactly its path, before any route', () => {
    expect(tcpCheckFilters(plan)[1]).toHaveProperty('typed_config', {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck',
      pass_through_mode: false,
      cluster_min_healthy_percentages: { probe_8080: { value: 100 } },
      headers: [
        { name: ':method', string_match: { exact: 'GET' } },
        { name: ':path', string_match: { exact: '/probe/tcp/8080' } },
      ],
    });
    const filters = (of: typeof plan): unknown[] =>
      (
        adminListener(of) as {
          filter_chains: { filters: { typed_config: { http_filters: { name: string }[] } }[] }[];
        }
      ).filter_chains[0]!.filters[0]!.typed_config.http_filters.map(({ name }) => name);
    expect(filters(plan)).toEqual(['tcp_check', 'tcp_check', 'post', 'router']);
    expect(filters(testPlan())).toEqual(['post', 'router']);
  });

  it('needs the address of the pod, and where there is none nothing', () => {
    expect(tcpCheckEnv(plan)).toEqual([
      { name: 'OUTRIGGER_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]);
    expect(tcpCheckEnv(testPlan())).toEqual([]);
    expect(JSON.stringify(clusters(testPlan()))).not.toContain('probe_');
  });
});
