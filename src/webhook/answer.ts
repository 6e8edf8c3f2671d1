/** Sends the answer to a request, records its event and writes its line. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UnsentAnswers } from './connections/unsent.ts';
import type { WebhookDependencies } from './dependencies.ts';
import { noHead, pathOf, type ReviewHead } from './paths.ts';
import { loggedUid } from './review.ts';
import type { Reviewed } from './reviewed.ts';

export interface Answer {
  (request: FastifyRequest, reply: FastifyReply, reviewed: Reviewed, head?: ReviewHead): FastifyReply;
  /** Only the line, for an answer that was sent in another way. */
  log(path: string, reviewed: Reviewed, ms: number): void;
}

export function createAnswer({ logReview, recordEvent }: WebhookDependencies, unsent: UnsentAnswers): Answer {
  const log = (path: string, { response, why, owner }: Reviewed, ms: number, head = noHead): void => {
    const { namespace, dryRun } = head;
    const uid = loggedUid(head.uid);
    const rounded = Math.round(ms * 1000) / 1000;
    logReview({ path, uid, namespace, owner, outcome: response.outcome, why, dryRun, ms: rounded });
  };
  const send = (
    request: FastifyRequest,
    reply: FastifyReply,
    reviewed: Reviewed,
    head?: ReviewHead,
  ): FastifyReply => {
    const { response, event } = reviewed;
    if (event) recordEvent(event);
    log(pathOf(request.url), reviewed, performance.now() - request.arrivedAt, head);
    reply.raw.once('close', unsent.add(request.raw.socket, response.body.length));
    if (response.headers) reply.headers(response.headers);
    // What has not come yet would be read as the next request.
    if (!request.raw.complete) reply.header('connection', 'close');
    return reply.code(response.status).header('content-type', response.contentType).send(response.body);
  };
  return Object.assign(send, { log });
}
