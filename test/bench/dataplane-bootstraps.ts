/** The configurations that are compared: ours as rendered, ours without one feature, and a bare Envoy. */
import { parse } from 'yaml';
import type { ContainerSpec } from '../e2e/dataplane/network/kubelet.ts';

export type Bootstrap = Record<string, unknown>;

/** Server first, so opaque without a word. */
export const bulkPort = 11_211;
export const webPort = 8080;

/** The configuration in the arguments of an injected proxy container. */
export function bootstrapOf({ args = [] }: ContainerSpec): Bootstrap {
  const text = args[args.indexOf('--config-yaml') + 1] ?? '';
  return parse(text.replaceAll('$$', '$'), { merge: true, maxAliasCount: -1 }) as Bootstrap;
}

/** The same container with another configuration. */
export function withBootstrap(container: ContainerSpec, bootstrap: Bootstrap): ContainerSpec {
  const { args = [] } = container;
  const index = args.indexOf('--config-yaml') + 1;
  return { ...container, args: args.with(index, JSON.stringify(bootstrap).replaceAll('$', '$$$$')) };
}

const type = (message: string): { '@type': string } => ({
  '@type': `type.googleapis.com/envoy.extensions.${message}`,
});

/** What a proxy in this place needs at least: original destination, connection manager, router; no metrics. */
export const bareBootstrap: Bootstrap = {
  admin: { address: { socket_address: { address: '0.0.0.0', port_value: 4191 } } },
  static_resources: {
    listeners: [bareListener('outbound', '127.0.0.1', 4140), bareListener('inbound', '0.0.0.0', 4143)],
    clusters: ['outbound', 'inbound'].map((name) => ({
      name,
      type: 'ORIGINAL_DST',
      lb_policy: 'CLUSTER_PROVIDED',
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          ...type('upstreams.http.v3.HttpProtocolOptions'),
          use_downstream_protocol_config: { http2_protocol_options: {} },
        },
      },
    })),
  },
};

function bareListener(name: string, address: string, port_value: number): object {
  const tcp = { ...type('filters.network.tcp_proxy.v3.TcpProxy'), stat_prefix: name, cluster: name };
  const routes = [{ match: { prefix: '/' }, route: { cluster: name } }];
  const http = {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name, domains: ['*'], routes }] },
    http_filters: [{ name: 'router', typed_config: type('filters.http.router.v3.Router') }],
  };
  return {
    name,
    address: { socket_address: { address, port_value } },
    listener_filters: [
      { name: 'original_dst', typed_config: type('filters.listener.original_dst.v3.OriginalDst') },
    ],
    filter_chains: [
      {
        filter_chain_match: { destination_port: bulkPort },
        filters: [{ name: 'tcp', typed_config: tcp }],
      },
    ],
    default_filter_chain: { filters: [{ name: 'hcm', typed_config: http }] },
  };
}
