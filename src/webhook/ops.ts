/**
 * Plain HTTP for kubelet and Prometheus: `/live`, `/ready`, `/metrics`. Whoever reaches the port can ask, so it is as
 * guarded as the webhook's: few connections, the idlest of which go first, short times, and no bodies.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Connections } from './connections/connections.ts';
import { answerToClientError, sendRaw } from './connections/raw-answer.ts';
import { UnsentAnswers, type UnsentLimits } from './connections/unsent.ts';
import { listenOn } from './listen.ts';
import type { WebhookMetrics } from './metrics.ts';
import { OpenRequests } from './requests.ts';

export interface OpsServer {
  /** @returns the port that was taken */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

export interface OpsLimits {
  readonly connections: number;
  readonly unsent: UnsentLimits;
}

/** The kubelet dials anew for each probe, and a Prometheus keeps one connection: 128 are many of them. */
export const opsLimits: OpsLimits = { connections: 128, unsent: { bytes: 4 * 1024 * 1024, ms: 10_000 } };

const httpOptions = {
  requestTimeout: 5000,
  headersTimeout: 5000,
  connectionsCheckingInterval: 1000,
  // Above the minute after which Prometheus asks again.
  keepAliveTimeout: 75_000,
  maxHeaderSize: 8192,
  requireHostHeader: false,
} as const;

interface OpsAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

const failure: OpsAnswer = { status: 500, body: 'internal error\n' };

const paths = ['/live', '/ready', '/metrics'] as const;

/** @param notReady why no reviews should come here now, or undefined if they should */
export function createOpsServer(
  metrics: WebhookMetrics,
  notReady: () => string | undefined,
  limits = opsLimits,
): OpsServer {
  const server = createServer(httpOptions);
  const connections = new Connections(server, limits.connections);
  const unsent = new UnsentAnswers(limits.unsent);
  const requests = new OpenRequests();
  const answerTo = async (path: (typeof paths)[number]): Promise<OpsAnswer> => {
    switch (path) {
      case '/live':
        return { status: 200, body: 'live\n' };
      case '/ready': {
        const reason = notReady();
        return { status: reason === undefined ? 200 : 503, body: `${reason ?? 'ready'}\n` };
      }
      case '/metrics':
        return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
    }
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!requests.begin(request, response)) {
      request.socket.destroy();
      return;
    }
    const path = paths.find((each) => each === request.url?.split('?', 1)[0]);
    const refusal = refusalOf(request, path);
    const endUse = refusal ? () => undefined : connections.use(request.socket);
    const answer = refusal ?? (await answerTo(path ?? '/live').catch(() => failure));
    endUse();
    response.once('close', unsent.add(request.socket, answer.body.length));
    send(response, answer, refusal !== undefined);
  };
  server.on('request', (request, response) => void take(request, response));
  refuseOthers(server, requests);
  return {
    listen: (host, port) =>
      listenOn({ server, listen: (options) => once(server.listen(options), 'listening') }, host, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.destroyAll();
        unsent.stop();
      }),
  };
}

function refusalOf({ method, headers }: IncomingMessage, path: string | undefined): OpsAnswer | undefined {
  if (path === undefined) return { status: 404, body: `no such path; there are ${paths.join(', ')}\n` };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'the method is not GET\n' };
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  return length === '0' && encoding === undefined ? undefined : { status: 413, body: 'no body is taken\n' };
}

/** @param isLast the connection is closed, as what is behind the request may never end */
function send(
  response: ServerResponse,
  { status, body, contentType = 'text/plain; charset=utf-8' }: OpsAnswer,
  isLast: boolean,
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': length,
    ...(status === 405 && { allow: 'GET' }),
    ...(isLast && { connection: 'close' }),
  });
  response.end(body);
}

/** What Node would answer by itself, or give to nobody. */
function refuseOthers(server: ReturnType<typeof createServer>, requests: OpenRequests): void {
  server.on('clientError', (error, socket) => {
    if (socket.writableEnded) return;
    const response = answerToClientError(error);
    if (response && requests.stateOf(socket) !== 'complete' && socket.writable) sendRaw(socket, response);
    else socket.destroy();
  });
  server.on('checkExpectation', ({ socket }) => void socket.destroy());
  server.on('connect', (_, socket: Duplex) => void socket.destroy());
}
