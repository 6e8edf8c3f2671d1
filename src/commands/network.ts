import { networkInterfaces } from 'node:os';

/** True where this host has an IPv6 address beyond loopback and its links: in a pod, where the cluster's pods have one. */
export function hasIpv6Address(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ family, internal, address }) => family === 'IPv6' && !internal && !address.startsWith('fe80'));
}
