/**
 * Settings that Linkerd documents and that mean something to Linkerd's own proxy only. They never reject and
 * never warn as unknown: manifests written for Linkerd work unchanged.
 * @see https://linkerd.io/2-edge/reference/proxy-configuration/
 */
export const linkerdOnlyKeys: ReadonlySet<string> = new Set([
  'debug-image',
  'debug-image-pull-policy',
  'debug-image-version',
  'default-inbound-policy',
  'disable-identity',
  'disable-tap',
  'enable-debug-sidecar',
  'enable-external-profiles',
  'enable-gateway',
  'enable-hostname-label',
  'enable-namespace',
  'pod-inbound-ports',
  'proxy-cpu-ratio-limit',
  'proxy-inbound-discovery-cache-unused-timeout',
  'proxy-outbound-discovery-cache-unused-timeout',
  'proxy-metrics-hostname-labels',
  'proxy-outbound-transport-mode',
  'proxy-tracing-enabled',
  'require-identity-on-inbound-ports',
  'shutdown-grace-period',
  'trace-collector',
  'trace-collector-service-account',
  'tracing-instrumentation',
  'trust-root-sha256',
]);
