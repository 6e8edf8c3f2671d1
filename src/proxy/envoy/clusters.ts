import type { ConfigurationPlan } from './configuration-plan.ts';
import { adminCluster } from './admin.ts';
import { typed } from './extension.ts';
import { http1Options, http2Options, maxHeaders, maxHeadersKib } from './http-protocol.ts';
import type { Json, JsonObject } from './json.ts';
import { bufferBytes, tcpKeepalive } from './limits.ts';
import { tcpCheckClusters } from './tcp-checks.ts';

export type Direction = 'inbound' | 'outbound';

/** The twin of a direction's cluster to which requests in absolute form go. */
export function absoluteFormCluster(direction: Direction): string {
  return `${direction}_abs`;
}

/** Without endpoints: what is sent here is closed. */
export const blackhole = 'blackhole';

export function clusters(plan: ConfigurationPlan): Json {
  const { inbound, outbound } = plan.proxy.connectTimeoutMs;
  return [
    originalDestination('outbound', outbound, {}),
    absoluteFormTwin('outbound', outbound),
    originalDestination('inbound', inbound, {}),
    absoluteFormTwin('inbound', inbound),
    { name: blackhole, type: 'STATIC' },
    adminCluster,
    ...tcpCheckClusters(plan),
  ];
}

/** An h1 codec writes the target in absolute form for a whole cluster or not at all, hence a cluster of its own. */
function absoluteFormTwin(direction: Direction, connectTimeoutMs: number): JsonObject {
  return {
    ...originalDestination(direction, connectTimeoutMs, { send_fully_qualified_url: true }),
    name: absoluteFormCluster(direction),
    // Its counters are the direction's.
    alt_stat_name: direction,
  };
}

/**
 * Forwards to the address that the client dialled. Never `use_http_header`: a client's header would then choose
 * the destination.
 */
function originalDestination(direction: Direction, connectTimeoutMs: number, http1: JsonObject): JsonObject {
  return {
    name: direction,
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    connect_timeout: `${connectTimeoutMs / 1000}s`,
    circuit_breakers: { thresholds: [unlimited] },
    // Identity that is bound to a connection (NTLM, quotas) is never shared between clients.
    connection_pool_per_downstream_connection: true,
    per_connection_buffer_limit_bytes: bufferBytes,
    upstream_connection_options: { tcp_keepalive: tcpKeepalive },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': upstreamHttp(http1),
    },
  };
}

function upstreamHttp(http1: JsonObject): JsonObject {
  return typed('upstreams.http.v3.HttpProtocolOptions', {
    common_http_protocol_options: {
      // A pool per client's connection leaves its sockets behind: lingering ones = new connections per second × 1.5.
      idle_timeout: '1.5s',
      max_headers_count: maxHeaders,
      max_response_headers_kb: maxHeadersKib,
    },
    use_downstream_protocol_config: {
      http_protocol_options: { ...http1Options, ...http1 },
      http2_protocol_options: http2Options,
    },
  });
}

/** Envoy's defaults are 1,024 of each; a sidecar has no say in how many its application wants. (No retries.) */
const unlimited: JsonObject = {
  max_connections: 4_294_967_295,
  max_pending_requests: 4_294_967_295,
  max_requests: 4_294_967_295,
};
