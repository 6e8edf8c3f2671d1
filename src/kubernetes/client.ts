/**
 * Talks to the API server. Credentials and TLS come from `@kubernetes/client-node`; HTTP is our own, because its
 * typed client has no metadata-only watch and its `Watch` drops a stream that is silent for 30 s, while bookmarks
 * come once in one or two minutes.
 */
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { KubernetesError, messageOf } from './error.ts';
import { parseJsonLines } from './json-lines.ts';
import { findApiServer } from './kubeconfig.ts';
import { createSender } from './send.ts';

export interface RequestSettings {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body. Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** From sending to the last byte. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface StreamSettings {
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Silence after which the stream counts as dead. Default 5 minutes. */
  readonly idleMs?: number;
}

export interface ApiResponse {
  readonly status: number;
  /** The server's clock when it answered, milliseconds since 1970; undefined if it does not say. */
  readonly serverTimeMs: number | undefined;
  /** Parsed where the content type is JSON, else the text. */
  readonly body: unknown;
}

export interface KubernetesClient {
  /** The API server's URL, for messages. */
  readonly server: string;
  /**
   * @param path from `/api` or `/apis` on, with its query
   * @throws KubernetesError, also for every status of 300 and above
   */
  request(method: string, path: string, settings?: RequestSettings): Promise<ApiResponse>;
  /** A watch: each line parsed. Ends when the server ends it; throws KubernetesError otherwise. */
  stream(path: string, settings?: StreamSettings): AsyncGenerator<unknown, void>;
  /** Closes idle connections. */
  close(): void;
}

export interface ConnectOptions {
  /** Path of a kubeconfig. Without it: the pod's service account, then kubectl's defaults. */
  readonly kubeconfig?: string;
}

const requestTimeoutMs = 30_000;
const streamIdleMs = 300_000;

/** Finds the API server; sends nothing yet. @throws KubernetesError `configuration` */
export async function connect({ kubeconfig }: ConnectOptions = {}): Promise<KubernetesClient> {
  const server = await findApiServer(kubeconfig);
  const sender = createSender();

  async function open(method: string, path: string, settings: RequestSettings, signal: AbortSignal) {
    const { body, accept = 'application/json', contentType = 'application/json' } = settings;
    const credentials = await server.authenticate();
    const response = await sender.send({
      method,
      url: new URL(server.url + path),
      headers: {
        accept,
        'user-agent': 'outrigger',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials,
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw statusError(`${method} ${path}`, status, await readBody(response).catch(() => undefined));
  }

  return {
    server: server.url,
    close: () => sender.close(),

    async request(method, path, settings = {}) {
      const { timeoutMs = requestTimeoutMs } = settings;
      const signal = anyOf(settings.signal, AbortSignal.timeout(timeoutMs));
      try {
        const response = await open(method, path, settings, signal);
        return {
          status: response.statusCode ?? 0,
          serverTimeMs: readDate(response),
          body: await readBody(response),
        };
      } catch (error) {
        throw asKubernetesError(error, signal, `${method} ${server.url}${path}`, `within ${timeoutMs} ms`);
      }
    },

    async *stream(path, settings = {}) {
      const { idleMs = streamIdleMs } = settings;
      const idle = new AbortController();
      const timer = setTimeout(() => idle.abort(timeoutReason()), idleMs).unref();
      const signal = anyOf(settings.signal, idle.signal);
      try {
        const response = await open('GET', path, settings, signal);
        yield* parseJsonLines(readChunks(response, () => timer.refresh()));
      } catch (error) {
        throw asKubernetesError(error, signal, `GET ${server.url}${path}`, `for ${idleMs} ms`);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function anyOf(signal: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return signal === undefined ? other : AbortSignal.any([signal, other]);
}

/** The same reason that `AbortSignal.timeout` gives. */
const timeoutReason = () => new DOMException('silence', 'TimeoutError');

async function* readChunks(response: IncomingMessage, onChunk: () => void): AsyncGenerator<string, void> {
  response.setEncoding('utf8');
  for await (const chunk of response) {
    onChunk();
    yield chunk as string;
  }
}

async function readBody(response: IncomingMessage): Promise<unknown> {
  const body = await text(response);
  return isJson(response) ? (JSON.parse(body) as unknown) : body;
}

function readDate({ headers }: IncomingMessage): number | undefined {
  const time = Date.parse(headers.date ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function isJson(response: IncomingMessage): boolean {
  return (response.headers['content-type'] ?? '').startsWith('application/json');
}

/** The API's own sentence (metav1 Status) where there is one; else only the status, as the rest is a proxy's page. */
function statusError(what: string, status: number, body: unknown): KubernetesError {
  const message = (body as { message?: unknown } | null | undefined)?.message;
  const detail = typeof message === 'string' && message !== '' ? `: ${message}` : '';
  return new KubernetesError('status', `${what} answered ${status}${detail}`, { status });
}

function asKubernetesError(error: unknown, signal: AbortSignal, what: string, span: string): KubernetesError {
  if (error instanceof KubernetesError) return error;
  if (signal.aborted)
    return (signal.reason as Error | undefined)?.name === 'TimeoutError'
      ? new KubernetesError('timeout', `${what}: no answer ${span}`)
      : new KubernetesError('stopped', `${what}: stopped`);
  if (error instanceof SyntaxError)
    return new KubernetesError('unreadable', `${what}: the answer is not JSON`);
  return new KubernetesError('unreachable', `${what}: ${messageOf(error)}`, { cause: error });
}
