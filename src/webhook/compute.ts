/** A review computed on this thread. */
import type { Namespace } from '../kubernetes.types.ts';
import type { WebhookDependencies } from './dependencies.ts';
import { findNamespace } from './find-namespace.ts';
import { beginReview, type ReviewHead } from './paths.ts';
import type { Reviewed } from './reviewed.ts';

export interface Computed {
  readonly head: ReviewHead;
  readonly reviewed: Reviewed;
}

/** @param text the body; a promise comes back only if a namespace has to be read */
export function computeReview(
  path: string,
  text: string,
  dependencies: WebhookDependencies,
): Computed | Promise<Computed> {
  const { head, step } = beginReview(path, text);
  if ('response' in step) return { head, reviewed: step };
  const finish = (namespace: Namespace | undefined): Computed => ({
    head,
    reviewed: step.answer(namespace, dependencies.context()),
  });
  const found = step.wants && findNamespace(step.wants, dependencies);
  return found instanceof Promise ? found.then(finish) : finish(found);
}
