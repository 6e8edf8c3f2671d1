import type { ConfigurationPlan } from './configuration-plan.ts';
import { admin, adminListener } from './admin.ts';
import { clusters } from './clusters.ts';
import type { JsonObject } from './json.ts';
import { memoryAllocatorManager, overloadManager } from './limits.ts';
import { redirectedListener } from './listeners.ts';
import { statsConfig } from './stats.ts';

/**
 * Envoy's whole configuration, static: no control plane, nothing is fetched.
 * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/bootstrap/v3/bootstrap.proto
 */
export function bootstrap(plan: ConfigurationPlan): JsonObject {
  return {
    // Moves Envoy's control headers (x-envoy-*) to names that clients do not send.
    header_prefix: 'x-outrigger-internal',
    ...(plan.proxy.logFormat === 'json' && {
      application_log_config: { log_format: { json_format: jsonLog } },
    }),
    layered_runtime: { layers: [{ name: 'static', static_layer: runtime }] },
    stats_config: statsConfig(plan),
    admin,
    watchdogs: { main_thread_watchdog: watchdog, worker_watchdog: watchdog },
    memory_allocator_manager: memoryAllocatorManager,
    ...overloadManager(plan),
    static_resources: {
      clusters: clusters(plan),
      listeners: [
        redirectedListener('outbound', plan),
        redirectedListener('inbound', plan),
        adminListener(plan),
      ],
    },
  };
}

/**
 * It only counts slow threads, and by default each wakes ten times a second to be seen: half of what an idle
 * proxy costs.
 */
const watchdog: JsonObject = { miss_timeout: '10s', megamiss_timeout: '20s' };

const jsonLog: JsonObject = { ts: '%Y-%m-%dT%T.%e', level: '%l', logger: '%n', msg: '%j' };

const runtime: JsonObject = {
  // Envoy would cut a connection whose client resets many streams; that is the server's business.
  'overload.premature_reset_total_stream_count': 1_000_000_000,
  // The other parser takes `get /p` and inline Redis (`DEL /a/b`) for HTTP and breaks them. Goes with Envoy 1.40.
  'envoy.reloadable_features.http_inspector_use_balsa_parser': false,
};
