/**
 * The golden metrics, made by Envoy's stats access logger:
 *   envoy_outrigger_response_total{direction,port,status,grpc_status,flags}
 *   envoy_outrigger_response_latency_ms{direction,port}                  time to the first byte
 *   envoy_outrigger_tcp_close_total{direction,port,flags}
 *   envoy_outrigger_tcp_{read,write}_bytes_total{direction,port}
 * Labels are closed sets: never an authority, path, method or peer.
 */
import type { ConfiguredProxy } from './configuration-plan.ts';
import type { Direction } from './clusters.ts';
import { extension } from './extension.ts';
import type { Json, JsonObject } from './json.ts';

/** The scope's prefix, before Envoy puts its own in front. */
export const metricsPrefix = 'outrigger';

/** Beyond these, new series are not made; `stats_overflow` counts them. */
const scope: JsonObject = { prefix: metricsPrefix, max_counters: 4000, max_histograms: 500 };

/** Two loggers, because the histogram takes only requests that were answered. */
export function httpMetrics(direction: Direction, { declaredPorts }: ConfiguredProxy): readonly JsonObject[] {
  const [directionTag, portTag] = commonTags(direction, declaredPorts);
  const tags = [
    directionTag,
    portTag,
    tag('status', '%RESPONSE_CODE%'),
    tag('grpc_status', '%GRPC_STATUS_NUMBER%'),
    tag('flags', '%RESPONSE_FLAGS%'),
  ];
  const counted = direction === 'inbound' ? [notFromKubelet] : [];
  return [
    statsLogger({ counters: [{ value_fixed: 1, stat: { name: 'response_total', tags } }] }, counted),
    statsLogger({ histograms: [latency([directionTag, portTag])] }, [...counted, answered]),
  ];
}

export function tcpMetrics(direction: Direction, { declaredPorts }: ConfiguredProxy): readonly JsonObject[] {
  const tags = commonTags(direction, declaredPorts);
  const closeTags = [...tags, tag('flags', '%RESPONSE_FLAGS%')];
  return [
    statsLogger({
      counters: [
        { value_fixed: 1, stat: { name: 'tcp_close_total', tags: closeTags } },
        { value_format: '%BYTES_RECEIVED%', stat: { name: 'tcp_read_bytes_total', tags } },
        { value_format: '%BYTES_SENT%', stat: { name: 'tcp_write_bytes_total', tags } },
      ],
    }),
  ];
}

function latency(tags: Json): JsonObject {
  return {
    unit: 'Milliseconds',
    value_format: '%COMMON_DURATION(DS_RX_BEG:DS_TX_BEG:ms)%',
    stat: { name: 'response_latency_ms', tags },
  };
}

function commonTags(direction: Direction, declaredPorts: readonly number[]): [JsonObject, JsonObject] {
  return [tag('direction', direction), tag('port', portLabel(direction, declaredPorts))];
}

/**
 * The inbound port where the pod declares it, else `other`: a port scan must not fill the scope and push real
 * series out.
 */
function portLabel(direction: Direction, declaredPorts: readonly number[]): string {
  if (direction === 'outbound') return '%DOWNSTREAM_LOCAL_PORT%';
  return declaredPorts.length === 0 ? 'other' : `%FILTER_STATE(${portState}:PLAIN)%`;
}

const portState = 'outrigger.port';

/**
 * Network filters that stand before the last one of a chain: the label of the inbound port is found once for a
 * connection. As an expression in each tag it took a tenth of a request's CPU (test/bench/dataplane.ts).
 */
export function portNaming(direction: Direction, { declaredPorts }: ConfiguredProxy): readonly JsonObject[] {
  if (direction === 'outbound' || declaredPorts.length === 0) return [];
  const inline_string = `%CEL(${isDeclared(declaredPorts)} ? destination.port : "other")%`;
  const state = {
    object_key: portState,
    factory_key: 'envoy.string',
    format_string: { text_format_source: { inline_string } },
  };
  return [extension('port', 'filters.network.set_filter_state.v3.Config', { on_new_connection: [state] })];
}

/** In CEL: whether the destination's port is one of these. */
export function isDeclared(ports: readonly number[]): string {
  return `destination.port in [${ports.join(',')}]`;
}

function tag(name: string, value_format: string): JsonObject {
  return { name, value_format };
}

function statsLogger(metrics: JsonObject, filters: readonly JsonObject[] = []): JsonObject {
  const logger = extension('stats', 'access_loggers.stats.v3.Config', { stats_scope: scope, ...metrics });
  const [first, ...more] = filters;
  if (first === undefined) return logger;
  return { ...logger, filter: more.length === 0 ? first : { and_filter: { filters } } };
}

/** The kubelet's httpGet probes are no traffic. A request without a user agent is, so absent counts as empty. */
const notFromKubelet: JsonObject = {
  header_filter: {
    header: {
      name: 'user-agent',
      string_match: { prefix: 'kube-probe/' },
      invert_match: true,
      treat_missing_header_as_empty: true,
    },
  },
};

/** Status 0: the client went before there was an answer, or there never was one. `runtime_key` is mandatory. */
const answered: JsonObject = {
  status_code_filter: {
    comparison: { op: 'GE', value: { default_value: 100, runtime_key: 'min_status' } },
  },
};
