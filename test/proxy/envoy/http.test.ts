import { describe, expect, it } from 'vitest';
import { httpConnectionManager } from '../../../src/proxy/envoy/http.ts';
import { testPlan } from '../plan.ts';

const fields = (direction: 'inbound' | 'outbound', plan = testPlan()) =>
  httpConnectionManager(direction, plan)['typed_config'];

describe('the HTTP connection manager', () => {
  it('limits no time, and headers as little as it can', () => {
    expect(fields('inbound')).toMatchObject({
      common_http_protocol_options: { idle_timeout: '0s', max_headers_count: 2000 },
      stream_idle_timeout: '0s',
      max_request_headers_kb: 1024,
    });
  });

  it('adds nothing of its own', () => {
    expect(fields('outbound')).toMatchObject({
      server_header_transformation: 'PASS_THROUGH',
      skip_xff_append: true,
      generate_request_id: false,
      proxy_100_continue: true,
    });
  });

  it.each([
    ['those of the plan', ['websocket', 'CONNECT'], ['websocket', 'CONNECT']],
    ['none', [], []],
    ['each once, whatever its case: Envoy stops at a second one', ['tcp', 'TCP', 'a'], ['TCP', 'a']],
  ])('takes upgrades: %s', (_, upgrades, taken) => {
    expect(fields('inbound', testPlan({ proxy: { upgrades } }))).toHaveProperty(
      'upgrade_configs',
      taken.map((upgrade_type) => ({ upgrade_type })),
    );
  });

  it('forwards CONNECT and never ends it, which would be an open relay', () => {
    expect(JSON.stringify(fields('outbound'))).not.toContain('connect_config');
  });

  it.each(['inbound', 'outbound'] as const)('counts under its direction: %s', (direction) => {
    expect(fields(direction)).toHaveProperty('stat_prefix', direction);
  });
});
