import type { ConfigurationPlan } from './configuration-plan.ts';
import { accessLogs } from './access-log.ts';
import type { Direction } from './clusters.ts';
import { extension } from './extension.ts';
import { markRequests, virtualHost } from './header-marks.ts';
import { http1Options, http2Options, maxHeaders, maxHeadersKib, router } from './http-protocol.ts';
import type { JsonObject } from './json.ts';
import { httpMetrics } from './metrics.ts';

/**
 * Envoy's HTTP connection manager, made as transparent as it can be: it adds, removes and limits nothing that
 * it can be told not to. Fields left out stand at defaults that are transparent (`use_remote_address`,
 * `normalize_path` and `merge_slashes` off, `request_timeout` none).
 * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto
 */
export function httpConnectionManager(direction: Direction, plan: ConfigurationPlan): JsonObject {
  return extension('hcm', 'filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: direction,
    route_config: { virtual_hosts: [virtualHost(direction)] },
    early_header_mutation_extensions: [markRequests],
    http_protocol_options: http1Options,
    http2_protocol_options: http2Options,
    // No `connect_config`: CONNECT is forwarded to where the client dialled, never ended here (an open relay).
    upgrade_configs: upgradeConfigs(plan.proxy.upgrades),
    ...neverLimit,
    ...neverAdd,
    http_filters: [router],
    access_log: [...httpMetrics(direction, plan.proxy), ...accessLogs(direction, plan.proxy)],
  });
}

/** Each once: a name that comes twice, in whatever case, stops Envoy. */
function upgradeConfigs(upgrades: readonly string[]): readonly JsonObject[] {
  const byName = new Map(upgrades.map((upgrade_type) => [upgrade_type.toLowerCase(), { upgrade_type }]));
  return [...byName.values()];
}

const neverLimit: JsonObject = {
  common_http_protocol_options: { idle_timeout: '0s', max_headers_count: maxHeaders },
  max_request_headers_kb: maxHeadersKib,
  stream_idle_timeout: '0s',
};

const neverAdd: JsonObject = {
  server_header_transformation: 'PASS_THROUGH',
  skip_xff_append: true,
  generate_request_id: false,
  proxy_100_continue: true,
  // A request that Envoy refuses costs its own stream only, not the connection of all others.
  stream_error_on_invalid_http_message: true,
};
