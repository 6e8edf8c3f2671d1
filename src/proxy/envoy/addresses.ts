import type { JsonObject } from './json.ts';

const hosts = {
  any: { ipv4: '0.0.0.0', ipv6: '::' },
  loopback: { ipv4: '127.0.0.1', ipv6: '::1' },
} as const;

/**
 * A listener's addresses. IPv6 is a second one, and only where it is on: on a host without IPv6 a `::` listener
 * stops Envoy.
 */
export function addresses(host: keyof typeof hosts, port: number, ipv6: boolean): JsonObject {
  const socket = (address: string): JsonObject => ({
    address: { socket_address: { address, port_value: port } },
  });
  return {
    ...socket(hosts[host].ipv4),
    ...(ipv6 && { additional_addresses: [socket(hosts[host].ipv6)] }),
  };
}
