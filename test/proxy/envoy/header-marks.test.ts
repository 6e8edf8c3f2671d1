import { describe, expect, it } from 'vitest';
import { markRequests, virtualHost } from '../../../src/proxy/envoy/header-marks.ts';

describe('the marks', () => {
  it("are removed before they are set: a client's own would decide", () => {
    expect(markRequests).toHaveProperty('typed_config.mutations', [
      { remove: 'x-outrigger-abs' },
      { remove: 'x-outrigger-xfp' },
      { append: { header: { key: 'x-outrigger-abs', value: '%REQ(:scheme)%' } } },
      { append: { header: { key: 'x-outrigger-xfp', value: '%REQ(x-forwarded-proto)%' } } },
    ]);
  });

  it('leave the proxy with no request', () => {
    expect(virtualHost('inbound')).toHaveProperty('request_headers_to_remove', [
      'x-outrigger-abs',
      'x-outrigger-xfp',
    ]);
  });

  // The first route that matches decides, so the order is the table's.
  it.each([
    [0, 'CONNECT', [], 'inbound', true],
    [1, 'both marks', ['x-outrigger-abs', 'x-outrigger-xfp'], 'inbound_abs', false],
    [2, 'absolute form', ['x-outrigger-abs'], 'inbound_abs', true],
    [3, 'an own x-forwarded-proto', ['x-outrigger-xfp'], 'inbound', false],
    [4, 'neither', [], 'inbound', true],
  ])('decide the route %i: %s', (index, _, marks, cluster, isProtoRemoved) => {
    const route = (virtualHost('inbound')['routes'] as readonly Record<string, unknown>[])[index];
    const headers = marks.map((name) => ({ name, present_match: true }));
    const match =
      index === 0 ? { connect_matcher: {} } : { prefix: '/', ...(headers.length > 0 && { headers }) };
    expect(route).toEqual({
      match,
      route: { cluster, timeout: '0s' },
      ...(isProtoRemoved && { request_headers_to_remove: ['x-forwarded-proto'] }),
    });
  });

  it('send each direction to its own clusters', () => {
    const text = JSON.stringify(virtualHost('outbound'));
    expect(new Set(text.match(/"cluster":"\w+"/gu))).toEqual(
      new Set(['"cluster":"outbound"', '"cluster":"outbound_abs"']),
    );
  });
});
