/** One review of a pod, from request to response. */
import { inject, type Outcome } from '../inject/inject.ts';
import { isPod, whereNotPod } from '../inject/pod-shape.ts';
import { namespaceWish } from '../inject/wish.ts';
import type { Namespace, Pod } from '../kubernetes.types.ts';
import type { ReviewLine, WebhookDependencies } from './dependencies.ts';
import { ownerOf } from './owner.ts';
import { eventOf } from './pod-events.ts';
import {
  badRequest,
  cutLine,
  injected,
  internalError,
  rejected,
  skipped,
  unchanged,
  type Response,
} from './respond.ts';
import type { AdmissionRequest } from './review.ts';

/** A path in a pod may hold a key of any length. */
const maxTextLength = 200;

/** A response with what is known about the review, for its line in the log. */
export interface Reviewed {
  readonly response: Response;
  readonly why: readonly string[];
  readonly owner: string;
}

/**
 * @param isLabelled the API server's namespace selector has matched: the namespace is on, whatever the cache says
 */
export function mutate(
  request: AdmissionRequest,
  isLabelled: boolean,
  dependencies: WebhookDependencies,
): Reviewed | Promise<Reviewed> {
  if (request.operation !== 'CREATE' || request.resource !== 'pods' || request.subResource !== '')
    return { response: skipped(request.uid, ['not_a_creation']), why: ['not_a_creation'], owner: '' };
  const { object } = request;
  if (object === null) return { response: unchanged(request.uid), why: [], owner: '' };
  if (!isPod(object))
    return refuse(badRequest(cutLine(`request.object is not a Pod: ${whereNotPod(object)}`, maxTextLength)));
  if (request.namespace === '') return refuse(badRequest('request.namespace is missing'));

  const cached = dependencies.namespaces.get(request.namespace);
  if (cached && !(isLabelled && isBehind(cached, dependencies)))
    return answer(request, object, cached, dependencies);
  return fetchNamespace(request.namespace, isLabelled, dependencies).then((namespace) =>
    namespace
      ? answer(request, object, namespace, dependencies)
      : refuse(internalError('the namespace is unknown')),
  );
}

const refuse = (response: Response): Reviewed => ({ response, why: [], owner: '' });

/** The selector matched a label that the cache does not have yet: `kubectl label` was followed at once by `kubectl apply`. */
function isBehind(cached: Namespace, { context }: WebhookDependencies): boolean {
  const { keys, config } = context().installation;
  return namespaceWish(cached, keys, config.injection.selectBy).kind !== 'on';
}

async function fetchNamespace(
  name: string,
  isLabelled: boolean,
  { namespaces, logError }: WebhookDependencies,
): Promise<Namespace | undefined> {
  try {
    return await namespaces.fetch(name, isLabelled ? 'labelled' : 'unknown');
  } catch (error) {
    logError(error, 'reading a namespace failed');
    return undefined;
  }
}

function answer(
  request: AdmissionRequest,
  pod: Pod,
  namespace: Namespace,
  { context, recordEvent }: WebhookDependencies,
): Reviewed {
  const outcome = inject(pod, namespace, context());
  const owner = ownerOf(pod);
  const event = request.dryRun || owner === undefined ? undefined : eventOf(outcome);
  if (event && owner) recordEvent({ ...event, namespace: namespace.name, owner });
  return {
    response: respondTo(request.uid, outcome),
    why: whyOf(outcome),
    owner: owner === undefined ? '' : `${owner.kind}/${owner.name}`,
  };
}

function respondTo(uid: string, outcome: Outcome): Response {
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

function whyOf(outcome: Outcome): ReviewLine['why'] {
  if (outcome.kind === 'skip') return outcome.reasons;
  return outcome.kind === 'reject' ? outcome.problems.map(({ code }) => code) : [];
}
