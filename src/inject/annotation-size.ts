/** What the API server takes of annotations: ours copy the namespace's, so a pod may be within it and not stay so. */
import type { StringMap } from '../kubernetes.types.ts';

/**
 * For all annotations of one object together, keys and values.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go
 */
export const maxAnnotationBytes = 262_144;

export function annotationBytes(annotations: StringMap | null | undefined): number {
  let bytes = 0;
  for (const [key, text] of Object.entries(annotations ?? {}))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
  return bytes;
}
