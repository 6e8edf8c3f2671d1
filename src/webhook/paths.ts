/** The paths of the webhook and what answers at each. */
import { advise } from './advise.ts';
import { mutate } from './mutate.ts';
import { badRequest } from './respond.ts';
import { readReview, type AdmissionRequest } from './review.ts';
import { refused, type Pending, type Reviewed } from './reviewed.ts';

type Handler = (request: AdmissionRequest) => Reviewed | Pending;

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['/mutate', (request) => mutate(request, 'cluster')],
  ['/mutate/labelled', (request) => mutate(request, 'labelled')],
  ['/advise', advise],
]);

export const paths: readonly string[] = [...handlers.keys()];

/** The path without its query, or `other`: a label of the metrics. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return handlers.has(path) ? path : 'other';
}

/** What the log says of a request. */
export type ReviewHead = Pick<AdmissionRequest, 'uid' | 'namespace' | 'dryRun'>;

export const noHead: ReviewHead = { uid: '', namespace: '', dryRun: false };

export interface Begun {
  readonly head: ReviewHead;
  readonly step: Reviewed | Pending;
}

/** As far as a review comes without its namespace. @param text the body */
export function beginReview(path: string, text: string): Begun {
  const handler = handlers.get(path);
  if (handler === undefined) throw new TypeError(`${path} has no handler`);
  const request = readReview(parseJson(text));
  if (!request.ok) return { head: noHead, step: refused(badRequest(request.error)) };
  const { uid, namespace, dryRun } = request.value;
  return { head: { uid, namespace, dryRun }, step: handler(request.value) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
