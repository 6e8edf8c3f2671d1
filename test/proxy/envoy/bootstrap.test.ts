import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../../src/proxy/envoy/bootstrap.ts';
import { testPlan } from '../plan.ts';

describe('the bootstrap', () => {
  it('has three listeners', () => {
    expect(bootstrap(testPlan())).toMatchObject({
      static_resources: { listeners: [{ name: 'outbound' }, { name: 'inbound' }, { name: 'admin' }] },
    });
  });

  it('logs in JSON where it is asked to', () => {
    expect(bootstrap(testPlan())).not.toHaveProperty('application_log_config');
    expect(bootstrap(testPlan({ proxy: { logFormat: 'json' } }))).toHaveProperty(
      'application_log_config.log_format.json_format.msg',
      '%j',
    );
  });

  it('has an overload manager only with a memory limit', () => {
    const limited = testPlan({ proxy: { resources: { limits: { memory: '256Mi' } } } });
    expect(bootstrap(testPlan())).not.toHaveProperty('overload_manager');
    expect(bootstrap(limited)).toHaveProperty('overload_manager');
  });

  it('keeps to the parser that leaves what is no HTTP alone', () => {
    expect(bootstrap(testPlan())).toHaveProperty(
      [
        'layered_runtime',
        'layers',
        0,
        'static_layer',
        'envoy.reloadable_features.http_inspector_use_balsa_parser',
      ],
      false,
    );
  });

  it.each<[string, string, unknown]>([
    ["keeps Envoy's control headers out of reach", 'header_prefix', 'x-outrigger-internal'],
    ['gives memory back', 'memory_allocator_manager.bytes_to_release', 10 * 2 ** 20],
    ['finds dead clients', 'static_resources.listeners.1.tcp_keepalive.keepalive_time', 15],
    [
      'finds dead servers',
      'static_resources.clusters.0.upstream_connection_options.tcp_keepalive.keepalive_time',
      15,
    ],
    ['bounds buffers', 'static_resources.listeners.1.per_connection_buffer_limit_bytes', 131_072],
    [
      'passes trailers on',
      'static_resources.listeners.1.filter_chains.1.filters.1.typed_config.http_protocol_options.enable_trailers',
      true,
    ],
  ])('%s', (_, path, value) => {
    expect(bootstrap(testPlan())).toHaveProperty(path, value);
  });

  it('is the same for everything that only other containers need', () => {
    const other = testPlan({
      placement: 'classic',
      uid: 7,
      proxy: { await: false, image: 'x', waitBeforeExitSeconds: 9 },
    });
    expect(bootstrap(other)).toEqual(bootstrap(testPlan()));
  });
});
