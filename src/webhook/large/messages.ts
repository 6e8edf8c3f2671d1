/** What the main thread and the worker for large reviews say to each other: plain data and bytes only. */
import type { ClusterFacts } from '../../inject/context.ts';
import type { Namespace } from '../../kubernetes.types.ts';
import type { ReviewHead } from '../paths.ts';
import type { Reviewed, WantedNamespace } from '../reviewed.ts';

export type ToWorker =
  /** `bytes` is the body; its memory goes over to the worker. */
  | { readonly kind: 'begin'; readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> }
  /** After `wants`. */
  | {
      readonly kind: 'answer';
      readonly namespace: Namespace | undefined;
      readonly cluster: ClusterFacts;
    };

export type FromWorker =
  /** Once, when it has loaded its code. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'wants'; readonly wants: WantedNamespace | undefined }
  | { readonly kind: 'reviewed'; readonly head: ReviewHead; readonly reviewed: Reviewed }
  /** An exception, with its stack. */
  | { readonly kind: 'failed'; readonly error: unknown };
