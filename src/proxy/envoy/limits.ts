/** Buffers, memory and connections: what the proxy may use up. */
import type { ConfigurationPlan } from './configuration-plan.ts';
import { parseQuantity } from '../../settings/values/quantity.ts';
import { typed } from './extension.ts';
import type { JsonObject } from './json.ts';

const kib = 2 ** 10;
const mib = 2 ** 20;

export const bufferBytes = 128 * kib;

/** In seconds; finds dead peers after a minute without HTTP's or TCP's idle timeouts. */
export const tcpKeepalive: JsonObject = { keepalive_time: 15, keepalive_interval: 15, keepalive_probes: 4 };

/** Below it an idle proxy is killed. */
export const leastMemoryBytes = 64 * mib;

/** What a proxy needs beside its connections, and what one may cost (measured: 26 KiB TCP, 41 to 46 KiB HTTP). */
const memory = { baseBytes: 128 * mib, connectionBytes: 50 * kib };

const leastConnections = 100;

/** The memory limit from which on the formula alone gives the connection limit. */
export const advisedMemoryBytes = memory.baseBytes + leastConnections * memory.connectionBytes;

/** The proxy's memory limit in bytes, if any: from a setting, or from a LimitRange between two calls. */
export function memoryLimitBytes({ proxy }: ConfigurationPlan): number | undefined {
  const limit = proxy.resources.limits?.['memory'];
  const bytes = limit === undefined ? undefined : parseQuantity(String(limit));
  return bytes === 0 ? undefined : bytes; // Kubernetes takes a limit of 0 for none.
}

/** How many connections at once the memory limit bears: Envoy keeps what it once had, so more would kill it. */
export function connectionLimit(limitBytes: number): number {
  const affordable = Math.floor((limitBytes - memory.baseBytes) / memory.connectionBytes);
  return Math.max(leastConnections, affordable);
}

const cgroupMemory = 'envoy.resource_monitors.cgroup_memory';

/**
 * The overload manager, with a memory limit only: without one there is nothing to keep to, and `cgroup_memory`
 * stops Envoy from starting where no cgroup files are visible.
 */
export function overloadManager(plan: ConfigurationPlan): JsonObject {
  const limitBytes = memoryLimitBytes(plan);
  if (limitBytes === undefined) return {};
  return {
    overload_manager: {
      refresh_interval: '1s',
      resource_monitors: [
        monitor(cgroupMemory, 'cgroup_memory.v3.CgroupMemoryConfig'),
        monitor(
          'envoy.resource_monitors.global_downstream_max_connections',
          'downstream_connections.v3.DownstreamConnectionsConfig',
          { max_active_downstream_connections: connectionLimit(limitBytes) },
        ),
      ],
      actions: [
        action('envoy.overload_actions.shrink_heap', 0.85),
        action('envoy.overload_actions.stop_accepting_connections', 0.97),
      ],
    },
  };
}

function monitor(name: string, message: string, fields: JsonObject = {}): JsonObject {
  return { name, typed_config: typed(`resource_monitors.${message}`, fields) };
}

function action(name: string, share: number): JsonObject {
  return { name, triggers: [{ name: cgroupMemory, threshold: { value: share } }] };
}

/** Gives freed memory back to the kernel, 10 MiB at a time, so that a burst does not stay resident. */
export const memoryAllocatorManager: JsonObject = {
  bytes_to_release: 10 * mib,
  memory_release_interval: '5s',
};
