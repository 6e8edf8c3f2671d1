/**
 * What answers rewritten tcpSocket probes: for each port a cluster with an active TCP health check, and a filter
 * on the admin listener that says 200 while its only host is healthy and 503 while it is not.
 *
 * The port is dialled where the kubelet would dial it, on the pod's own address, so that a server that listens
 * there only is found, and one on loopback only is not. The dial comes from loopback: the server sees 127.0.0.1
 * (or ::1) and not the pod's address, which behind the proxy all clients have; MySQL and MariaDB would count
 * each dial as a failed login of theirs, and after `max_connect_errors` refuse everybody. From loopback they
 * count none (`ip_to_hostname` in their sql/hostname.cc).
 *
 * (Linux sends no RST to ::1 from another address, so that with IPv6 a dial that would be refused takes its whole
 * timeout. A second more to find out is the smaller evil.)
 *
 * Envoy's main thread dials, once an interval however many workers there are, and closes at once.
 * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/health_check_filter
 */
import type { EnvVar } from '../../kubernetes.types.ts';
import type { ConfigurationPlan } from './configuration-plan.ts';
import { tcpCheckPath, type TcpCheck } from '../tcp-check.ts';
import { extension } from './extension.ts';
import { isGet } from './http-match.ts';
import type { JsonObject } from './json.ts';

/** Known only when the pod runs: the kubelet puts it in place of the reference. */
const podIp = 'OUTRIGGER_POD_IP';

/** How the pod's address stands in the configuration until the kubelet expands it. */
export const podIpReference = `$(${podIp})`;

/** The variable that the configuration refers to where there are checks. */
export function tcpCheckEnv({ proxy }: ConfigurationPlan): readonly EnvVar[] {
  return proxy.tcpChecks.length === 0
    ? []
    : [{ name: podIp, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
}

/** The filter reads these gauges: where a stats matcher leaves them out it answers 503 for ever. */
export const tcpCheckStats = 'cluster.probe_[0-9]+.membership_(healthy|total)';

const clusterName = (port: number): string => `probe_${port}`;

/** extensions.filters.http.health_check.v3.HealthCheck, one a port: GET of exactly its path. */
export function tcpCheckFilters({ proxy }: ConfigurationPlan): readonly JsonObject[] {
  return proxy.tcpChecks.map(({ port }) =>
    extension('tcp_check', 'filters.http.health_check.v3.HealthCheck', {
      pass_through_mode: false,
      cluster_min_healthy_percentages: { [clusterName(port)]: { value: 100 } },
      headers: [isGet, { name: ':path', string_match: { exact: tcpCheckPath(port) } }],
    }),
  );
}

/** config.cluster.v3.Cluster; nothing is ever sent there but the checks. */
export function tcpCheckClusters({ proxy, ipv6 }: ConfigurationPlan): readonly JsonObject[] {
  return proxy.tcpChecks.map((check) => ({
    name: clusterName(check.port),
    type: 'STATIC',
    load_assignment: {
      cluster_name: clusterName(check.port),
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(podIpReference, check.port) } }] }],
    },
    upstream_bind_config: fromLoopback(ipv6),
    health_checks: [healthCheck(check)],
  }));
}

/**
 * Without traffic the two `no_traffic` intervals count, each a minute by default: one while the port accepts
 * nothing, which costs the application nothing, the other while it does.
 */
function healthCheck({ intervalMs, timeoutMs }: TcpCheck): JsonObject {
  return {
    timeout: seconds(timeoutMs),
    interval: '1s',
    no_traffic_interval: '1s',
    no_traffic_healthy_interval: seconds(intervalMs),
    unhealthy_threshold: 1,
    healthy_threshold: 1,
    tcp_health_check: {},
  };
}

/** Envoy takes the address of the family that it dials. */
function fromLoopback(ipv6: boolean): JsonObject {
  return {
    source_address: { address: '127.0.0.1', port_value: 0 },
    ...(ipv6 && { extra_source_addresses: [{ address: { address: '::1', port_value: 0 } }] }),
  };
}

function address(host: string, port: number): JsonObject {
  return { socket_address: { address: host, port_value: port } };
}

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}
