import { describe, expect, it } from 'vitest';
import { clusters } from '../../../src/proxy/envoy/clusters.ts';
import type { JsonObject } from '../../../src/proxy/envoy/json.ts';
import { testPlan } from '../plan.ts';

function cluster(name: string, plan = testPlan()): JsonObject | undefined {
  return (clusters(plan) as readonly JsonObject[]).find((candidate) => candidate['name'] === name);
}

const httpOptionsPath = [
  'typed_extension_protocol_options',
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
];

const http1Path = [
  ...httpOptionsPath,
  'use_downstream_protocol_config',
  'http_protocol_options',
  'send_fully_qualified_url',
];

describe('the clusters', () => {
  it.each(['inbound', 'inbound_abs', 'outbound', 'outbound_abs'])(
    'of the traffic go to the original destination, as many connections as it likes: %s',
    (name) => {
      expect(cluster(name)).toMatchObject({
        type: 'ORIGINAL_DST',
        lb_policy: 'CLUSTER_PROVIDED',
        connection_pool_per_downstream_connection: true,
        circuit_breakers: { thresholds: [{ max_connections: 4_294_967_295, max_requests: 4_294_967_295 }] },
      });
    },
  );

  it('have a twin that writes targets in absolute form and shares its counters', () => {
    expect(cluster('inbound_abs')).toHaveProperty('alt_stat_name', 'inbound');
    expect(cluster('inbound_abs')).toHaveProperty(http1Path, true);
    expect(cluster('inbound')).not.toHaveProperty(http1Path);
  });

  it('wait for a connection as long as their direction says', () => {
    const plan = testPlan({ proxy: { connectTimeoutMs: { inbound: 1500, outbound: 20 } } });
    for (const name of ['inbound', 'inbound_abs'])
      expect(cluster(name, plan)).toHaveProperty('connect_timeout', '1.5s');
    for (const name of ['outbound', 'outbound_abs'])
      expect(cluster(name, plan)).toHaveProperty('connect_timeout', '0.02s');
  });

  it('drop idle connections to the server soon: nobody else will use them', () => {
    expect(cluster('outbound')).toHaveProperty(
      [...httpOptionsPath, 'common_http_protocol_options', 'idle_timeout'],
      '1.5s',
    );
  });

  it('never let a header choose the destination', () => {
    expect(JSON.stringify(clusters(testPlan()))).not.toContain('use_http_header');
  });

  it('have one without endpoints for the guards', () => {
    expect(cluster('blackhole')).toEqual({ name: 'blackhole', type: 'STATIC' });
  });
});
