/** What makes our configuration more than a bare Envoy, each as a way to leave it out. */
import type { Bootstrap } from './dataplane-bootstraps.ts';

type Json = unknown;

/** Gives each object's fields anew, from the inside out. */
function rebuild(value: Json, change: (fields: Record<string, Json>) => Record<string, Json>): Json {
  if (Array.isArray(value)) return value.map((item: Json) => rebuild(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, rebuild(item, change)] as const);
  return change(Object.fromEntries(entries));
}

const withoutFields =
  (...names: readonly string[]) =>
  (bootstrap: Bootstrap): Bootstrap =>
    rebuild(bootstrap, (fields) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name))),
    ) as Bootstrap;

/** Leaves items out of every list of that name. */
const withoutItems =
  (list: string, isLeftOut: (text: string) => boolean) =>
  (bootstrap: Bootstrap): Bootstrap =>
    rebuild(bootstrap, (fields) => {
      const items = fields[list];
      if (!Array.isArray(items)) return fields;
      return { ...fields, [list]: items.filter((item) => !isLeftOut(JSON.stringify(item))) };
    }) as Bootstrap;

/** One route, to the direction's own cluster. */
const withOneRoute = (bootstrap: Bootstrap): Bootstrap =>
  rebuild(bootstrap, (fields) => {
    const { routes } = fields;
    if (!Array.isArray(routes) || routes.length < 4) return fields;
    const last = routes.at(-1) as Record<string, Json>;
    return { ...fields, routes: [{ match: last['match'], route: last['route'] }] };
  }) as Bootstrap;

const withoutMarks = (bootstrap: Bootstrap): Bootstrap =>
  withOneRoute(withoutFields('early_header_mutation_extensions', 'request_headers_to_remove')(bootstrap));

/** The port itself, whether or not the pod declares it. */
const withPlainPorts = (bootstrap: Bootstrap): Bootstrap =>
  rebuild(withoutItems('filters', (text) => text.includes('set_filter_state'))(bootstrap), (fields) =>
    fields['name'] === 'port' && 'value_format' in fields
      ? { ...fields, value_format: '%DOWNSTREAM_LOCAL_PORT%' }
      : fields,
  ) as Bootstrap;

export interface Feature {
  readonly name: string;
  readonly leaveOut: (bootstrap: Bootstrap) => Bootstrap;
}

const single: readonly Feature[] = [
  { name: 'header case', leaveOut: withoutFields('header_key_format') },
  { name: 'marks for x-forwarded-proto and absolute form', leaveOut: withoutMarks },
  { name: 'metrics, all', leaveOut: withoutItems('access_log', () => true) },
  {
    name: 'metrics: the latency histogram',
    leaveOut: withoutItems('access_log', (text) => text.includes('histograms')),
  },
  {
    name: 'metrics: the response counter',
    leaveOut: withoutItems('access_log', (text) => text.includes('response_total')),
  },
  { name: 'metrics: telling declared ports from others', leaveOut: withPlainPorts },
  { name: 'a pool per connection', leaveOut: withoutFields('connection_pool_per_downstream_connection') },
  { name: 'TCP keepalive', leaveOut: withoutFields('tcp_keepalive', 'upstream_connection_options') },
  { name: 'the upstream idle timeout of 1.5 s', leaveOut: withoutFields('idle_timeout') },
  {
    name: 'detection (http_inspector)',
    leaveOut: withoutItems('listener_filters', (text) => text.includes('http_inspector')),
  },
  {
    name: 'windows and buffers of our size',
    leaveOut: withoutFields(
      'initial_stream_window_size',
      'initial_connection_window_size',
      'per_connection_buffer_limit_bytes',
    ),
  },
];

/** Without detection nothing would be HTTP: the HTTP chain becomes the default one. */
function detectNothing(bootstrap: Bootstrap): Bootstrap {
  return rebuild(bootstrap, (fields) => {
    const chains = fields['filter_chains'];
    if (!Array.isArray(chains) || fields['default_filter_chain'] === undefined) return fields;
    const http = chains.find((chain) => JSON.stringify(chain).includes('"h2c"')) as { filters: Json };
    const others = chains.filter((chain) => chain !== http);
    return { ...fields, filter_chains: others, default_filter_chain: { filters: http.filters } };
  }) as Bootstrap;
}

export const features: readonly Feature[] = [
  ...single.map((feature) =>
    feature.name.startsWith('detection')
      ? { ...feature, leaveOut: (bootstrap: Bootstrap) => detectNothing(feature.leaveOut(bootstrap)) }
      : feature,
  ),
  {
    name: 'all of these',
    leaveOut: (bootstrap) => detectNothing(single.reduce((rest, { leaveOut }) => leaveOut(rest), bootstrap)),
  },
];
