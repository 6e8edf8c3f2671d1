import type { ImageReference } from '../../settings/values/image.ts';

/** The Envoy minor with which the bootstrap was tested: a field that another one does not know stops it. */
export const testedMinor = '1.40';

/** v1.40.0, 1.40.1, v1.40-latest, distroless-v1.40-latest, contrib-debug-v1.40.2, v1.40.0-arm64, … */
const testedTag = /^(?:[a-z]+-)*v?1\.40(?:[.-]|$)/u;

/** Linkerd's own proxy, as manifests written for Linkerd name it: often without a tag, which would get Envoy's. */
const linkerdsProxy = /(?:^|\/)linkerd\/proxy$/u;

/** A digest says nothing of its version: who pins one answers for it. */
export function acceptsImage({ repository, tag, digest }: ImageReference): boolean {
  if (linkerdsProxy.test(repository)) return false;
  return digest !== undefined || (tag !== undefined && testedTag.test(tag));
}
