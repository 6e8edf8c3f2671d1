/** One review of a pod, from request to response. */
import type { InjectContext } from '../inject/context.ts';
import { injectAsText, type TextOutcome } from '../inject/inject-as-text.ts';
import { isPod, whereNotPod } from '../inject/pod-shape.ts';
import type { Namespace, Pod } from '../kubernetes.types.ts';
import type { ReviewLine } from './dependencies.ts';
import { ownerOf } from './owner.ts';
import { eventOf } from './pod-events.ts';
import {
  badRequest,
  injected,
  internalError,
  rejected,
  skipped,
  unchanged,
  type Response,
} from './respond.ts';
import { cutText } from '../settings/values/result.ts';
import type { AdmissionRequest } from './review.ts';
import { refused, type Pending, type Reviewed, type WantedNamespace } from './reviewed.ts';

/** A path in a pod may hold a key of any length. */
const maxTextLength = 200;

/** @param from where the pod's namespace is looked for */
export function mutate(request: AdmissionRequest, from: WantedNamespace['from']): Reviewed | Pending {
  if (request.operation !== 'CREATE' || request.resource !== 'pods' || request.subResource !== '')
    return { response: skipped(request.uid, ['not_a_creation']), why: ['not_a_creation'], owner: '' };
  const { object } = request;
  if (object === null) return { response: unchanged(request.uid), why: [], owner: '' };
  if (!isPod(object))
    return refused(badRequest(cutText(`request.object is not a Pod: ${whereNotPod(object)}`, maxTextLength)));
  if (request.namespace === '') return refused(badRequest('request.namespace is missing'));
  return {
    wants: { name: request.namespace, from },
    answer: (namespace, context) =>
      namespace
        ? answer(request, object, namespace, context)
        : refused(internalError('the namespace is unknown')),
  };
}

function answer(request: AdmissionRequest, pod: Pod, namespace: Namespace, context: InjectContext): Reviewed {
  const outcome = injectAsText(pod, namespace, context);
  const owner = ownerOf(pod);
  const event = request.dryRun || owner === undefined ? undefined : eventOf(outcome);
  return {
    response: respondTo(request.uid, outcome),
    why: whyOf(outcome),
    owner: owner === undefined ? '' : `${owner.kind}/${owner.name}`,
    ...(event && owner && { event: { ...event, namespace: namespace.name, owner } }),
  };
}

function respondTo(uid: string, outcome: TextOutcome): Response {
  switch (outcome.kind) {
    case 'inject':
      return injected(uid, outcome.patch, outcome.warnings);
    case 'unchanged':
      return unchanged(uid);
    case 'skip':
      return skipped(uid, outcome.reasons);
    case 'reject':
      return rejected(uid, outcome.problems);
  }
}

function whyOf(outcome: TextOutcome): ReviewLine['why'] {
  if (outcome.kind === 'skip') return outcome.reasons;
  return outcome.kind === 'reject' ? [...new Set(outcome.problems.map(({ code }) => code))] : [];
}
