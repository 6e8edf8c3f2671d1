/** All annotations of an object together are limited, and ours hold copies of the namespace's. */
import type { Pod, StringMap } from '../kubernetes.types.ts';
import { problem, type Problem } from '../messages.ts';

/**
 * What Kubernetes takes: the bytes of all keys and texts.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.35.0/pkg/api/validation/objectmeta.go (TotalAnnotationSizeLimitB)
 */
export const maxAnnotationBytes = 262_144;

export function annotationBytes(annotations: StringMap | null | undefined): number {
  let bytes = 0;
  for (const [key, text] of Object.entries(annotations ?? {}))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
  return bytes;
}

/** How many bytes an injection has added. */
export function addedAnnotationBytes(before: Pod, after: Pod): number {
  return annotationBytes(after.metadata?.annotations) - annotationBytes(before.metadata?.annotations);
}

/**
 * The problem of a pod whose annotations would be more than Kubernetes takes.
 * @param added the bytes that an injection adds to them
 */
export function annotationProblems(pod: Pod, added: number): Problem[] {
  const own = annotationBytes(pod.metadata?.annotations);
  const bytes = own + added;
  return bytes > maxAnnotationBytes
    ? [problem('annotations_too_large', { bytes, own, most: maxAnnotationBytes })]
    : [];
}
