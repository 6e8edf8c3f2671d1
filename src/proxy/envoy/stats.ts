import type { ConfigurationPlan } from './configuration-plan.ts';
import type { JsonObject } from './json.ts';
import { metricsPrefix } from './metrics.ts';
import { tcpCheckStats } from './tcp-checks.ts';

/** In milliseconds. */
const latencyBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

/**
 * What `/metrics` shows: our own, and of Envoy's what one would alert on; about 16 KB instead of 110. One regular
 * expression in RE2's syntax, which must match a whole name; a dot stands for itself well enough.
 */
const shown = [
  `(${metricsPrefix}|http_inspector|overload)..*`,
  'http.(in|out)bound.downstream_(rq_(active|total|[rt]x_reset)|cx_(active|total|protocol_error))',
  'tcp.((in|out)bound|loop).downstream_cx_(total|[rt]x_bytes_total)',
  'cluster.(in|out)bound.upstream_(cx_(active|total|connect_(fail|timeout)|overflow)|rq_(active|pending)(_(active|overflow))?)',
  'listener..*.downstream_(cx_(active|total|overload_reject)|(global_)?cx_overflow|pre_cx_timeout|listener_filter_(remote_close|error))',
  'server.(memory_(allocated|(heap|physical)_size)|live|uptime|total_connections)',
];

/** config.metrics.v3.StatsConfig */
export function statsConfig({ proxy }: ConfigurationPlan): JsonObject {
  const regex = [...shown, ...(proxy.tcpChecks.length > 0 ? [tcpCheckStats] : [])].join('|');
  return {
    stats_matcher: { inclusion_list: { patterns: [{ safe_regex: { regex } }] } },
    histogram_bucket_settings: [{ match: { prefix: `${metricsPrefix}.` }, buckets: latencyBuckets }],
  };
}
