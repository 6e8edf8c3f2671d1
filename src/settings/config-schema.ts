/** The configuration's type and the built-in values, over which a file's are laid. */
import type { ConfigShape } from './config-errors.ts';

export type Config = ConfigShape;

/** What an installation without a configuration file has. */
export const builtInConfig: Config = {
  annotationDomain: 'linkerd.io',
  backend: 'envoy',
  injection: { selectBy: 'label' },
  images: { registry: '', pullSecrets: [], init: {}, proxy: {} },
  cluster: { ipv6: 'auto', nativeSidecars: 'auto' },
  init: { runAsRoot: false, iptablesMode: 'nft' },
  envoy: { upgrades: ['websocket', 'CONNECT', 'spdy/3.1', 'tcp'] },
  server: { host: '0.0.0.0', port: 8443, opsPort: 9995, maxInFlight: 512, shutdownDelay: '5s' },
  certificates: {
    source: 'files',
    secret: 'outrigger-certificate',
    service: 'outrigger',
    configurations: { mutating: [], validating: [] },
    leafLife: '720h',
    caLife: '8760h',
    overlap: '1h',
  },
  annotations: { locked: [] },
  defaults: {},
};

export function didYouMean(near: string | undefined): string {
  return near === undefined ? '' : `; did you mean ${near}?`;
}
