import { describe, expect, it } from 'vitest';
import { redirectedListener } from '../../../src/proxy/envoy/listeners.ts';
import { testPlan } from '../plan.ts';

const ports = { inbound: 14_143, outbound: 14_140, admin: 14_191, control: 14_190 };

const socket = (address: string, port_value: number) => ({
  address: { socket_address: { address, port_value } },
});

function guardOf(direction: 'inbound' | 'outbound', ipv6: boolean) {
  return redirectedListener(direction, testPlan({ ports, ipv6 }))['filter_chains'];
}

describe('the redirected listeners', () => {
  it('listen where proxy-init redirects to: inbound on all addresses, outbound on loopback', () => {
    expect(redirectedListener('inbound', testPlan({ ports }))).toMatchObject(socket('0.0.0.0', 14_143));
    expect(redirectedListener('outbound', testPlan({ ports }))).toMatchObject(socket('127.0.0.1', 14_140));
    expect(redirectedListener('inbound', testPlan())).not.toHaveProperty('additional_addresses');
  });

  it('listen on IPv6 too where it is on', () => {
    const plan = testPlan({ ports, ipv6: true });
    expect(redirectedListener('inbound', plan)).toHaveProperty('additional_addresses', [
      socket('::', 14_143),
    ]);
    expect(redirectedListener('outbound', plan)).toHaveProperty('additional_addresses', [
      socket('::1', 14_140),
    ]);
  });

  it('guard their own ports, outbound on loopback only', () => {
    const closed = [{ typed_config: { cluster: 'blackhole', stat_prefix: 'loop' } }];
    const ipv4 = { address_prefix: '127.0.0.0', prefix_len: 8 };

    expect(guardOf('inbound', true)).toMatchObject([
      { filter_chain_match: { destination_port: 14_143 }, filters: closed },
      {},
    ]);
    expect(guardOf('inbound', true)).not.toHaveProperty([0, 'filter_chain_match', 'prefix_ranges']);
    expect(guardOf('outbound', false)).toMatchObject([
      { filter_chain_match: { destination_port: 14_140, prefix_ranges: [ipv4] }, filters: closed },
      {},
    ]);
    expect(guardOf('outbound', true)).toHaveProperty(
      [0, 'filter_chain_match', 'prefix_ranges'],
      [ipv4, { address_prefix: '::1', prefix_len: 128 }],
    );
  });

  it('inspect neither the opaque ports of their direction nor the own ports', () => {
    const plan = testPlan({ ports, proxy: { opaque: { inbound: [[25, 25]], outbound: [[1, 14_139]] } } });
    const disabled = (direction: 'inbound' | 'outbound') =>
      JSON.stringify(redirectedListener(direction, plan)['listener_filters']).match(
        /"start":\d+,"end":\d+/gu,
      );

    expect(disabled('inbound')).toEqual([
      '"start":25,"end":26',
      '"start":14140,"end":14141',
      '"start":14143,"end":14144',
    ]);
    expect(disabled('outbound')).toEqual(['"start":1,"end":14141', '"start":14143,"end":14144']);
  });

  it.each([
    ['as long as the setting says', 250, '0.25s'],
    ['for ever where it is disabled', null, '0s'],
  ])("wait for a client's first bytes %s", (_, timeoutMs, timeout) => {
    const plan = testPlan({ proxy: { detectTimeoutMs: { inbound: timeoutMs, outbound: 3000 } } });
    expect(redirectedListener('inbound', plan)).toHaveProperty('listener_filters_timeout', timeout);
    expect(redirectedListener('outbound', plan)).toHaveProperty('listener_filters_timeout', '3s');
  });

  it('find the name of the inbound port once for a connection, before anything else', () => {
    const { filter_chains, default_filter_chain } = redirectedListener('inbound', testPlan()) as unknown as {
      filter_chains: { filters: { name: string }[] }[];
      default_filter_chain: { filters: { name: string; typed_config: object }[] };
    };
    expect(filter_chains[1]!.filters).toMatchObject([{ name: 'port' }, { name: 'hcm' }]);
    expect(default_filter_chain.filters).toMatchObject([{ name: 'port' }, { name: 'tcp' }]);
    expect(default_filter_chain.filters[0]).toHaveProperty(
      'typed_config.on_new_connection.0.format_string.text_format_source.inline_string',
      '%CEL(destination.port in [8080] ? destination.port : "other")%',
    );
  });

  it.each(['inbound', 'outbound'] as const)('forward what is no HTTP as TCP: %s', (direction) => {
    expect(redirectedListener(direction, testPlan({ proxy: { declaredPorts: [] } }))).toMatchObject({
      continue_on_listener_filters_timeout: true,
      filter_chains: [{}, { filter_chain_match: { application_protocols: ['http/1.0', 'http/1.1', 'h2c'] } }],
      default_filter_chain: {
        filters: [{ typed_config: { cluster: direction, stat_prefix: direction, idle_timeout: '0s' } }],
      },
    });
  });
});
