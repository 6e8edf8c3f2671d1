import type { InjectContext } from '../inject/context.ts';
import { createPatchCache } from '../inject/inject-as-text.ts';
import { createRenderer } from '../inject/render.ts';
import { envoy } from '../proxy/envoy/backend.ts';
import type { Installation } from '../settings/config.ts';
import type { Cluster } from './cluster.ts';
import { hasIpv6Address } from './network.ts';
import { version } from './package.ts';

/** What stays the same of the context of all reviews, on the main thread and in the worker. */
export function webhookContext(
  installation: Installation,
  ownNamespace: string | undefined,
): Omit<InjectContext, 'cluster'> {
  return {
    origin: 'webhook',
    version,
    installation,
    backend: envoy,
    render: createRenderer(envoy),
    ...(ownNamespace !== undefined && { ownNamespace }),
  };
}

/** The context of the webhook's reviews; facts about the cluster are asked for anew each time. */
export function createContext(installation: Installation, cluster: Cluster): () => InjectContext {
  const { ipv6, nativeSidecars } = installation.config.cluster;
  const fixed = { ...webhookContext(installation, cluster.ownNamespace), patches: createPatchCache() };
  const hasIpv6 = ipv6 === 'auto' ? hasIpv6Address() : ipv6;
  return () => ({
    ...fixed,
    cluster: {
      ipv6: hasIpv6,
      nativeSidecars: nativeSidecars === 'auto' ? cluster.hasNativeSidecars() : nativeSidecars,
    },
  });
}
