/** The HTTPS server, built but not listening: Fastify around `mutate` and `advise`. */
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { advise } from './advise.ts';
import type { WebhookDependencies } from './dependencies.ts';
import { listenOn } from './listen.ts';
import { mutate, type Reviewed } from './mutate.ts';
import { badRequest, busy, internalError, type Response } from './respond.ts';
import { readReview, type AdmissionRequest } from './review.ts';

/**
 * The figure of controller-runtime. The API takes objects of 3 MiB; controllers send them as protobuf, and the
 * JSON that the API server makes of them for us can be more than twice as large.
 */
export const maxBodyBytes = 7 * 1024 * 1024;

/** The API server keeps idle connections to webhooks for 90 s; closing earlier would race with its next review. */
const keepAliveTimeoutMs = 120_000;

/** The API server gives up after 30 s at the latest; a body that takes longer has nobody waiting for it. */
const requestTimeoutMs = 30_000;

/**
 * Node swaps the two timeouts where that for the headers is the longer one, as its default of 60 s would be; and it
 * looks for overdue requests every 30 s only.
 */
const timeouts = { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: 5000 } as const;

const tlsOptions = { minVersion: 'TLSv1.2' } as const;

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface WebhookServer {
  /** @returns the port that was taken */
  listen(host: string, port: number): Promise<number>;
  /** New handshakes get this certificate; connections that stand go on. */
  setCertificate(pair: KeyPair): void;
  /** Called with each TLS handshake that fails. */
  onHandshakeError(listener: (error: Error) => void): void;
  /** From now on every answer closes its connection, so that clients find another replica. */
  drain(): void;
  /** Waits for the reviews in flight. */
  close(): Promise<void>;
}

type Handler = (request: AdmissionRequest, dependencies: WebhookDependencies) => Reviewed | Promise<Reviewed>;

const handlers: readonly (readonly [path: string, handler: Handler])[] = [
  ['/mutate', (request, dependencies) => mutate(request, false, dependencies)],
  ['/mutate/labelled', (request, dependencies) => mutate(request, true, dependencies)],
  ['/advise', advise],
];

export const paths = handlers.map(([path]) => path);

export interface WebhookServerOptions extends KeyPair {
  readonly dependencies: WebhookDependencies;
  /** Reviews beyond this are answered 503. */
  readonly maxInFlight: number;
}

export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { cert, key, dependencies, maxInFlight } = options;
  const app = fastify({
    https: { ...tlsOptions, ...timeouts, cert, key },
    bodyLimit: maxBodyBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    // A URL that cannot be decoded: it has passed no hook.
    frameworkErrors: (_, request, reply) => {
      request.arrivedAt = performance.now();
      answer(request, reply, refused(notFound(request.url)));
    },
  });
  const answer = answerer(dependencies);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body));
  const untilAnswered = limitInFlight(app, maxInFlight, answer);
  for (const [path, handler] of handlers)
    app.post(path, (request, reply) => handle(request, reply, handler, dependencies, answer));
  app.setNotFoundHandler((request, reply) => answer(request, reply, refused(notFound(request.url))));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const response = responseTo(error);
    if (response.outcome === 'error') dependencies.logError(error, 'a review failed');
    return answer(request, reply, refused(response));
  });
  return control(app, untilAnswered);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds, of `performance.now()`. */
    arrivedAt: number;
  }
}

type App = FastifyInstance<Server>;

/** Sends a response and writes its line. */
type Answer = (
  request: FastifyRequest,
  reply: FastifyReply,
  reviewed: Reviewed,
  admission?: AdmissionRequest,
) => FastifyReply;

function answerer({ logReview }: WebhookDependencies): Answer {
  return (request, reply, { response, why, owner }, admission) => {
    logReview({
      path: pathOf(request.url),
      uid: admission?.uid ?? '',
      namespace: admission?.namespace ?? '',
      owner,
      outcome: response.outcome,
      why,
      dryRun: admission?.dryRun ?? false,
      ms: Math.round((performance.now() - request.arrivedAt) * 1000) / 1000,
    });
    if (response.headers) reply.headers(response.headers);
    return reply.code(response.status).header('content-type', response.contentType).send(response.body);
  };
}

/**
 * Counted until the connection's side of it is over, however it ends: an aborted request never finishes.
 * @returns a function that waits until there is none
 */
function limitInFlight(app: App, most: number, answer: Answer): () => Promise<void> {
  let inFlight = 0;
  let onNone: (() => void) | undefined;
  app.decorateRequest('arrivedAt', 0);
  app.addHook('onRequest', (request, reply, done) => {
    inFlight += 1;
    request.arrivedAt = performance.now();
    reply.raw.once('close', () => {
      inFlight -= 1;
      if (inFlight === 0) onNone?.();
    });
    if (inFlight > most) answer(request, reply, refused(busy()));
    else done();
  });
  return () =>
    new Promise((resolve) => {
      if (inFlight === 0) resolve();
      else onNone = resolve;
    });
}

function handle(
  request: FastifyRequest,
  reply: FastifyReply,
  handler: Handler,
  dependencies: WebhookDependencies,
  answer: Answer,
): FastifyReply | Promise<FastifyReply> {
  const admission = readReview(parseJson(request.body));
  if (!admission.ok) return answer(request, reply, refused(badRequest(admission.error)));
  const reviewed = handler(admission.value, dependencies);
  return reviewed instanceof Promise
    ? reviewed.then((late) => answer(request, reply, late, admission.value))
    : answer(request, reply, reviewed, admission.value);
}

function parseJson(body: unknown): unknown {
  try {
    return typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

const refused = (response: Response): Reviewed => ({ response, why: [], owner: '' });

/** The path without its query, or `other`: a label of the metrics. */
function pathOf(url: string): string {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return paths.includes(path) ? path : 'other';
}

function notFound(url: string): Response {
  return pathOf(url) !== 'other'
    ? badRequest('the method is not POST', 405)
    : badRequest(`no such path; there are ${paths.join(', ')}`, 404);
}

function responseTo(error: FastifyError): Response {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return badRequest(`the body is larger than ${maxBodyBytes} bytes`, 413);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return badRequest('the content type is not application/json', 415);
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isClients ? badRequest('the request cannot be read') : internalError('internal error');
}

function control(app: App, untilAnswered: () => Promise<void>): WebhookServer {
  const sockets = new Set<Duplex>();
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    listen: (host, port) => listenOn(app, host, port),
    setCertificate: (pair) => app.server.setSecureContext({ ...tlsOptions, ...pair }),
    onHandshakeError: (listener) => void app.server.on('tlsClientError', listener),
    drain: () => {
      app.server.prependListener('request', (_, response) => response.setHeader('connection', 'close'));
    },
    async close() {
      const closed = app.close();
      await untilAnswered();
      // Node would wait for connections on which nothing has been sent yet, in a handshake or after it.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
