/** The two listeners to which proxy-init's rules redirect. */
import type { ConfigurationPlan } from './configuration-plan.ts';
import { singlePorts, union } from '../../settings/values/port-set.ts';
import { addresses } from './addresses.ts';
import { blackhole, type Direction } from './clusters.ts';
import { extension } from './extension.ts';
import { httpConnectionManager } from './http.ts';
import type { JsonObject } from './json.ts';
import { bufferBytes, tcpKeepalive } from './limits.ts';
import { portNaming, tcpMetrics } from './metrics.ts';
import { onPorts } from './port-match.ts';

/** config.listener.v3.Listener */
export function redirectedListener(direction: Direction, plan: ConfigurationPlan): JsonObject {
  const { ports, proxy, ipv6 } = plan;
  return {
    name: direction,
    // Only the way in is drained when the pod ends.
    ...(direction === 'inbound' && { traffic_direction: 'INBOUND' }),
    ...addresses(direction === 'inbound' ? 'any' : 'loopback', ports[direction], ipv6),
    listener_filters: listenerFilters(direction, plan),
    // Zero waits for ever. Whoever has said nothing by then speaks a protocol in which the server is first.
    listener_filters_timeout: `${(proxy.detectTimeoutMs[direction] ?? 0) / 1000}s`,
    continue_on_listener_filters_timeout: true,
    per_connection_buffer_limit_bytes: bufferBytes,
    tcp_keepalive: tcpKeepalive,
    filter_chains: [guard(direction, plan), httpChain(direction, plan)],
    default_filter_chain: { filters: [...portNaming(direction, proxy), tcpProxy(direction, plan)] },
  };
}

/**
 * No `tls_inspector`: TLS is not opened, so a ClientHello is bytes like others. On opaque ports nothing is
 * inspected, and on the proxy's own (which the guards close) neither.
 */
function listenerFilters(direction: Direction, { ports, proxy }: ConfigurationPlan): readonly JsonObject[] {
  const uninspected = union(proxy.opaque[direction], singlePorts([ports.inbound, ports.outbound]));
  return [
    extension('original_dst', 'filters.listener.original_dst.v3.OriginalDst'),
    {
      ...extension('http_inspector', 'filters.listener.http_inspector.v3.HttpInspector'),
      filter_disabled: onPorts(uninspected),
    },
  ];
}

/**
 * Closes connections to the listener's own port, which would be forwarded to itself: without it one SYN uses up
 * all file descriptors. Outbound only on loopback: 4140 of another host is a destination like others.
 */
function guard(direction: Direction, { ports, ipv6 }: ConfigurationPlan): JsonObject {
  const prefix_ranges = [
    { address_prefix: '127.0.0.0', prefix_len: 8 },
    ...(ipv6 ? [{ address_prefix: '::1', prefix_len: 128 }] : []),
  ];
  return {
    filter_chain_match: {
      destination_port: ports[direction],
      ...(direction === 'outbound' && { prefix_ranges }),
    },
    filters: [
      extension('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: 'loop', cluster: blackhole }),
    ],
  };
}

/** What the inspector took for HTTP. Nobody opens TLS, so every transport is `raw_buffer` and needs no match. */
function httpChain(direction: Direction, plan: ConfigurationPlan): JsonObject {
  return {
    filter_chain_match: { application_protocols: ['http/1.0', 'http/1.1', 'h2c'] },
    filters: [...portNaming(direction, plan.proxy), httpConnectionManager(direction, plan)],
  };
}

function tcpProxy(direction: Direction, plan: ConfigurationPlan): JsonObject {
  return extension('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: direction,
    cluster: direction,
    idle_timeout: '0s',
    access_log: tcpMetrics(direction, plan.proxy),
  });
}
