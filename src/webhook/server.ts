/**
 * The HTTPS server, built but not listening. Fastify has the paths; what strangers can do is bounded around it:
 * `Connections` (how many), `BodyReader` (what comes in), `Places` (what is computed), `ReviewThread` (large
 * reviews, in a worker), `UnsentAnswers` (what goes out).
 */
import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { createAnswer, type Answer } from './answer.ts';
import { BodyReader, bodyLimits, type Body, type BodyLimits } from './bodies/body-reader.ts';
import { computeReview, type Computed } from './compute.ts';
import { refuseClients, type Clients } from './connections/clients.ts';
import { Connections } from './connections/connections.ts';
import { answerToClientError } from './connections/raw-answer.ts';
import { UnsentAnswers, unsentLimits, type UnsentLimits } from './connections/unsent.ts';
import type { WebhookDependencies } from './dependencies.ts';
import { ReviewThread, type ThreadTimes } from './large/review-thread.ts';
import { listenOn } from './listen.ts';
import { noHead, paths } from './paths.ts';
import { Places } from './places.ts';
import { notFound, refusalOf, responseTo } from './refusals.ts';
import { refuseOthers, refuseRaw } from './refuse-raw.ts';
import { OpenRequests } from './requests.ts';
import { badRequest, busy, type Response } from './respond.ts';
import { refused } from './reviewed.ts';

/** The API server keeps idle connections to webhooks for 90 s; closing earlier would race with its next review. */
const keepAliveTimeoutMs = 120_000;

/** The API server gives up after 30 s at the latest; a body that takes longer has nobody waiting for it. */
const requestTimeoutMs = 30_000;

const httpOptions = {
  // Node swaps the two timeouts if that for the headers is the longer one, as its default of 60 s would be; and it
  // looks for overdue requests every 30 s only.
  headersTimeout: requestTimeoutMs,
  connectionsCheckingInterval: 5000,
  handshakeTimeout: 10_000,
  // The API server's headers take some hundred bytes.
  maxHeaderSize: 8192,
  // A request without Host is answered here, like every other that is refused.
  requireHostHeader: false,
} as const;

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
  /** New handshakes ask for a certificate of this authority; only for a server that was made with one. */
  setClientCa(ca: string): void;
  /** Called with each TLS handshake that fails. */
  onHandshakeError(listener: (error: Error) => void): void;
  /** From now on every answer closes its connection, so that clients find another replica. */
  drain(): void;
  /** Waits for the reviews in flight. */
  close(): Promise<void>;
}

/** How much of each thing there may be. */
export interface ServerLimits {
  readonly connections: number;
  readonly bodies: BodyLimits;
  readonly unsent: UnsentLimits;
  readonly thread?: ThreadTimes;
}

/** A connection takes some 50 KiB, most of it TLS's: 1,024 are a fifth of the chart's memory limit. */
export const serverLimits: ServerLimits = { connections: 1024, bodies: bodyLimits, unsent: unsentLimits };

export interface WebhookServerOptions extends KeyPair {
  readonly dependencies: WebhookDependencies;
  /** Reviews beyond this are answered 503. */
  readonly maxInFlight: number;
  /** The module that computes large reviews, and what it has to know. */
  readonly worker: { readonly file: URL; readonly data: unknown };
  readonly limits?: Partial<ServerLimits>;
  /** Only clients with such a certificate get past the handshake. */
  readonly clients?: Clients;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds, of `performance.now()`. */
    arrivedAt: number;
  }
}

type App = FastifyInstance<Server>;

/** What the handlers of this file share. */
interface Parts {
  readonly app: App;
  readonly answer: Answer;
  readonly dependencies: WebhookDependencies;
  readonly connections: Connections;
  readonly requests: OpenRequests;
  readonly bodies: BodyReader;
  readonly unsent: UnsentAnswers;
  readonly places: Places;
  readonly thread: ReviewThread;
}

export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { cert, key, dependencies, maxInFlight, worker, clients } = options;
  const limits = { ...serverLimits, ...options.limits };
  const unsent = new UnsentAnswers(limits.unsent);
  const requests = new OpenRequests();
  const answer = createAnswer(dependencies, unsent);
  const app = fastify({
    https: {
      ...tlsOptions,
      ...httpOptions,
      cert,
      key,
      ...(clients && { ca: clients.ca, requestCert: true, rejectUnauthorized: true }),
    },
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // A URL that cannot be decoded: it has passed no hook.
    frameworkErrors: (_, request, reply) => {
      request.arrivedAt = performance.now();
      requests.begin(request.raw, reply.raw);
      answer(request, reply, refused(notFound(request.url)));
    },
    clientErrorHandler: (error, socket) => refuseRaw(socket, answerToClientError(error), requests, answer),
  });
  const parts: Parts = {
    app,
    answer,
    dependencies,
    requests,
    unsent,
    connections: new Connections(app.server, limits.connections),
    bodies: new BodyReader(limits.bodies),
    places: new Places(maxInFlight),
    thread: new ReviewThread({ ...worker, dependencies, ...(limits.thread && { times: limits.thread }) }),
  };
  takeRequests(parts);
  refuseOthers(app.server, requests, answer);
  if (clients) refuseClients(app.server, clients);
  return control(parts, { cert, key, ...(clients && { ca: clients.ca }) });
}

function takeRequests(parts: Parts): void {
  const { app, answer, bodies, requests, dependencies } = parts;
  app.decorateRequest('arrivedAt', 0);
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now();
    const isBearable = requests.begin(request.raw, reply.raw);
    if (!isBearable) request.raw.socket.destroy();
    const response = isBearable ? refusalOf(request.raw, request.is404) : badRequest('too many at a time');
    if (response) answer(request, reply, refused(response));
    else done();
  });
  app.setNotFoundHandler((request, reply) => answer(request, reply, refused(notFound(request.url))));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, _, done) => {
    bodies.read(request.raw, (body) => done(null, body));
  });
  for (const path of paths)
    app.post<{ Body: Body | undefined }>(path, (request, reply) => {
      const { body = noBody } = request;
      const send = ({ head, reviewed }: Computed) => answer(request, reply, reviewed, head);
      const computed = take(path, body, reply.raw, parts);
      return computed instanceof Promise ? computed.then(send) : send(computed);
    });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const response = responseTo(error);
    if (response.outcome === 'error') dependencies.logError(error, 'a review failed');
    return answer(request, reply, refused(response));
  });
}

const noBody: Body = { kind: 'small', text: '' };

const refusedWith = (response: Response): Computed => ({ head: noHead, reviewed: refused(response) });

/** A review takes its place when its body is here. */
function take(
  path: string,
  body: Body,
  response: ServerResponse,
  { places, connections, thread, dependencies }: Parts,
): Computed | Promise<Computed> {
  if (body.kind === 'refused') return refusedWith(body.response);
  const leavePlace = places.take(response);
  const endUse = connections.use(response.req.socket);
  const leave = (): void => {
    leavePlace?.();
    endUse();
    if (body.kind === 'large') body.endTurn();
  };
  if (leavePlace === undefined) {
    leave();
    return refusedWith(busy());
  }
  try {
    const computed =
      body.kind === 'large' ? thread.review(path, body.bytes) : computeReview(path, body.text, dependencies);
    if (computed instanceof Promise) return computed.finally(leave);
    leave();
    return computed;
  } catch (error) {
    leave();
    throw error;
  }
}

interface TlsMaterial extends KeyPair {
  readonly ca?: string;
}

function control(
  { app, requests, connections, bodies, unsent, thread }: Parts,
  material: TlsMaterial,
): WebhookServer {
  let current = material;
  const set = (changed: Partial<TlsMaterial>): void => {
    current = { ...current, ...changed };
    app.server.setSecureContext({ ...tlsOptions, ...current });
  };
  return {
    listen: (host, port) => listenOn(app, host, port),
    setCertificate: ({ cert, key }) => set({ cert, key }),
    setClientCa: (ca) => set({ ca }),
    onHandshakeError: (listener) => void app.server.on('tlsClientError', listener),
    drain: () => {
      app.server.prependListener('request', (_, response) => response.setHeader('connection', 'close'));
    },
    async close() {
      const closed = app.close();
      await requests.none();
      connections.destroyAll();
      await closed;
      bodies.stop();
      unsent.stop();
      await thread.stop();
    },
  };
}
