/**
 * A review as a pure function of its request, its namespace and the context, so that it gives the same answer on
 * the main thread and in a worker. Reading namespaces, recording events and logging are the server's.
 */
import type { InjectContext } from '../inject/context.ts';
import type { Namespace } from '../kubernetes.types.ts';
import type { ReviewEvent } from './dependencies.ts';
import type { Response } from './respond.ts';

/** A response with what is known about the review, for its line in the log. */
export interface Reviewed {
  readonly response: Response;
  readonly why: readonly string[];
  readonly owner: string;
  /** For the owner of the pod. */
  readonly event?: ReviewEvent;
}

export interface WantedNamespace {
  readonly name: string;
  /**
   * `cache`: only what is known already. `cluster`: read if it is not known. `labelled`: the API server's selector
   * has matched the namespace, so one that is not on in the cache is read too.
   */
  readonly from: 'cache' | 'cluster' | 'labelled';
}

/** A review whose answer depends on the context, and on a namespace if one is wanted. */
export interface Pending {
  readonly wants?: WantedNamespace;
  /** @param namespace undefined if it is not known */
  answer(namespace: Namespace | undefined, context: InjectContext): Reviewed;
}

export const refused = (response: Response): Reviewed => ({ response, why: [], owner: '' });
