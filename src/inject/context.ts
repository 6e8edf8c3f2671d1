import type { Backend } from '../proxy/backend.ts';
import type { Installation } from '../settings/config.ts';
import type { PatchCache } from './inject-as-text.ts';
import type { Renderer } from './render.ts';

/** Facts about the cluster that pods are injected for. */
export interface ClusterFacts {
  /** Pods have IPv6 addresses. */
  readonly ipv6: boolean;
  /** The kubelets know restartable init containers. */
  readonly nativeSidecars: boolean;
}

/** Who asks: it decides what an unknown namespace means, and is written on the pod. */
export type Origin = 'webhook' | 'cli';

/** Everything that `inject` needs to know besides the pod and its namespace. */
export interface InjectContext {
  readonly origin: Origin;
  /** tcpSocket probes stay as they are: text is only inserted, so nothing can take their place. */
  readonly keepsProbes?: boolean;
  /** Outrigger's own version. */
  readonly version: string;
  readonly installation: Installation;
  readonly backend: Backend;
  /** Renders for this backend (see `createRenderer`). */
  readonly render: Renderer;
  /** The patches of earlier pods as text (see `createPatchCache`); for a single pod there is nothing to keep. */
  readonly patches?: PatchCache;
  readonly cluster: ClusterFacts;
  /** The namespace that the webhook itself runs in. */
  readonly ownNamespace?: string;
}
