/** Answers to what reaches no handler: they are written by hand, and have their line all the same. */
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer.ts';
import { sendRaw } from './connections/raw-answer.ts';
import type { OpenRequests } from './requests.ts';
import { badRequest, type Response } from './respond.ts';
import { refused } from './reviewed.ts';

/** Requests that Node gives to nobody, or answers itself. */
export function refuseOthers(server: Server, requests: OpenRequests, answer: Answer): void {
  const onExpectation = ({ socket }: IncomingMessage): void =>
    refuseRaw(socket, badRequest('no expectation but 100-continue is met', 417), requests, answer);
  server.on('checkExpectation', onExpectation);
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    refuseRaw(socket, badRequest('the method is not POST', 405), requests, answer);
  });
}

/**
 * Answers what is no request. Nothing is written behind a request that waits for its answer: it would be taken for
 * that answer. Of one whose body breaks off, the body's reader says the rest.
 */
export function refuseRaw(
  socket: Duplex,
  response: Response | undefined,
  requests: OpenRequests,
  answer: Answer,
): void {
  // Answered already: what came behind is no HTTP either.
  if (socket.writableEnded) return;
  const state = requests.stateOf(socket);
  if (response && state === 'none') answer.log('other', refused(response), 0);
  if (response && state !== 'complete' && socket.writable) sendRaw(socket, response);
  else socket.destroy();
}
