/**
 * Envoy's admin interface and what of it may be seen. It listens on an abstract socket, which every container of
 * the pod can reach, so only what harms nobody is open there; the admin listener passes on exactly four paths, for
 * the kubelet and Prometheus, and answers the plan's TCP checks itself.
 */
import type { ConfigurationPlan } from './configuration-plan.ts';
import { addresses } from './addresses.ts';
import { extension } from './extension.ts';
import { isGet } from './http-match.ts';
import { router } from './http-protocol.ts';
import type { JsonObject } from './json.ts';
import { tcpCheckFilters } from './tcp-checks.ts';

const pipe: JsonObject = { pipe: { path: '@outrigger-admin' } };
const prometheus = '/stats/prometheus';
const ready = '/ready';
const name = 'admin';

/**
 * Asks HTTP clients to come back on another connection, and goes on serving: without `graceful` and `skip_exit`
 * it would stop all inbound traffic. So the query belongs to the path that is allowed.
 */
const drain = '/drain_listeners?graceful&skip_exit&inboundonly';

/** The kubelet asks for this when the pod is told to end (see `drainHook`). */
export const drainPath = '/drain';

/** config.bootstrap.v3.Admin */
export const admin: JsonObject = {
  address: pipe,
  allow_paths: [{ prefix: prometheus }, { exact: ready }, { exact: drain }],
};

export const adminCluster: JsonObject = {
  name,
  type: 'STATIC',
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: pipe } }] }],
  },
};

/** Exempt from the limits on connections and memory: a busy proxy must not look like a dead one. */
export function adminListener(plan: ConfigurationPlan): JsonObject {
  return {
    name,
    ...addresses('any', plan.ports.admin, plan.ipv6),
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [{ filters: [connectionManager(plan)] }],
  };
}

function connectionManager(plan: ConfigurationPlan): JsonObject {
  return extension('hcm', 'filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    http_filters: [...tcpCheckFilters(plan), asPost, router],
    route_config: {
      virtual_hosts: [
        {
          name,
          domains: ['*'],
          routes: [get('/metrics', prometheus), get(ready), get('/live', ready), get(drainPath, drain)],
        },
      ],
    },
  });
}

/**
 * A hook of the kubelet can only GET, and Envoy drains only by POST (the other three take either). No extension
 * but a script may change a method. The route stays that of the GET.
 */
const asPost = extension('post', 'filters.http.lua.v3.Lua', {
  clear_route_cache: false,
  default_source_code: {
    inline_string: "function envoy_on_request(r) r:headers():replace(':method','POST') end",
  },
});

/** GET of exactly this path; all else is answered 404. */
function get(path: string, rewritten?: string): JsonObject {
  return {
    match: { path, headers: [isGet] },
    route: { cluster: name, ...(rewritten !== undefined && { prefix_rewrite: rewritten }) },
  };
}
