import { describe, expect, it } from 'vitest';
import { statsConfig } from '../../../src/proxy/envoy/stats.ts';
import { testPlan } from '../plan.ts';

/** RE2 matches whole names. */
function isShown(name: string, plan = testPlan()): boolean {
  const { inclusion_list } = statsConfig(plan)['stats_matcher'] as {
    inclusion_list: { patterns: { safe_regex: { regex: string } }[] };
  };
  return new RegExp(`^(?:${inclusion_list.patterns[0]!.safe_regex.regex})$`, 'u').test(name);
}

it('the latency has buckets in milliseconds, up to a minute', () => {
  expect(statsConfig(testPlan())['histogram_bucket_settings']).toEqual([
    {
      match: { prefix: 'outrigger.' },
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000],
    },
  ]);
});

describe('the metrics that are shown', () => {
  it.each([
    'outrigger.response_total',
    'http.inbound.downstream_rq_active',
    'http.outbound.downstream_rq_total',
    'http.inbound.downstream_rq_rx_reset',
    'http.outbound.downstream_cx_protocol_error',
    'tcp.inbound.downstream_cx_tx_bytes_total',
    'tcp.loop.downstream_cx_total',
    'cluster.inbound.upstream_cx_connect_fail',
    'cluster.inbound.upstream_cx_connect_timeout',
    'cluster.inbound.upstream_cx_overflow',
    'cluster.inbound.upstream_rq_active',
    'cluster.inbound.upstream_rq_pending_active',
    'cluster.inbound.upstream_rq_pending_overflow',
    'cluster.inbound.upstream_rq_active_overflow',
    'listener.0.0.0.0_4143.downstream_pre_cx_timeout',
    'listener.0.0.0.0_4143.downstream_cx_overload_reject',
    'listener.0.0.0.0_4143.downstream_cx_overflow',
    'listener.0.0.0.0_4143.downstream_global_cx_overflow',
    'listener.127.0.0.1_4140.downstream_listener_filter_remote_close',
    'listener.127.0.0.1_4140.downstream_listener_filter_error',
    'http_inspector.read_error',
    'server.live',
    'server.memory_heap_size',
    'server.memory_physical_size',
    'overload.envoy.overload_actions.shrink_heap.active',
  ])('include %s', (name) => {
    expect(isShown(name)).toBe(true);
  });

  it.each([
    'http.admin.downstream_rq_total',
    'http.inbound.downstream_cx_length_ms',
    'http.inbound.downstream_rq_time',
    'cluster.admin.upstream_rq_active',
    'cluster.inbound.grpc.shop.Cart.Add.success',
    'cluster.inbound.upstream_rq_time',
    'listener.0.0.0.0_4143.downstream_cx_length_ms',
    'server.concurrency',
    'cluster_manager.warming_clusters',
    'runtime.load_success',
  ])('do not include %s', (name) => {
    expect(isShown(name)).toBe(false);
  });

  it.each(['cluster.probe_8080.membership_healthy', 'cluster.probe_1.membership_total'])(
    'include %s only where there are checks, whose answers are made of them',
    (name) => {
      const tcpChecks = [{ port: 8080, intervalMs: 1000, timeoutMs: 1000 }];
      expect(isShown(name)).toBe(false);
      expect(isShown(name, testPlan({ proxy: { tcpChecks } }))).toBe(true);
    },
  );
});
