/** A real webhook on a port of its own, with a cluster made of a map, and clients that may misbehave. */
import { once } from 'node:events';
import { request, type Agent } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { createSelfSigned, type SelfSigned } from '../../src/certs/self-signed.ts';
import type { InjectContext } from '../../src/inject/context.ts';
import type { Namespace } from '../../src/kubernetes.types.ts';
import type { ReviewEvent, ReviewLine } from '../../src/webhook/dependencies.ts';
import { reviewWorker } from '../../src/commands/worker-file.ts';
import { bodyLimits, type BodyLimits } from '../../src/webhook/bodies/body-reader.ts';
import type { Clients } from '../../src/webhook/connections/clients.ts';
import type { ThreadTimes } from '../../src/webhook/large/review-thread.ts';
import { createWebhookServer, type ServerLimits, type WebhookServer } from '../../src/webhook/server.ts';
import { contextOf, namespaceOf } from '../inject/fixtures.ts';

export interface TestWebhook {
  readonly port: number;
  readonly ca: string;
  readonly server: WebhookServer;
  readonly lines: ReviewLine[];
  readonly events: ReviewEvent[];
  readonly errors: { readonly error: unknown; readonly message: string }[];
  /** Names that were asked for beyond the cache, in order. */
  readonly fetched: string[];
}

export interface WebhookOptions {
  readonly context?: InjectContext | (() => InjectContext);
  /** Default: `shop`, which is on. */
  readonly cached?: readonly Namespace[];
  /** Default: what is cached. */
  readonly fetch?: (name: string) => Promise<Namespace | undefined>;
  readonly maxInFlight?: number;
  readonly limits?: Partial<ServerLimits>;
  readonly clients?: Clients;
  /** Default: the program's own. */
  readonly worker?: { readonly file: URL; readonly data: unknown };
}

/** Times that a busy machine does not break. */
export const patientBodies: BodyLimits = { ...bodyLimits, smallMs: 60_000, largeMs: 60_000, waitMs: 60_000 };
export const patientThread: ThreadTimes = { deadlineMs: 30_000, startMs: 60_000, idleMs: 60_000 };

const certificate: Promise<SelfSigned> = createSelfSigned({ names: ['localhost', '127.0.0.1'] });

/** Ends with the test. */
export async function startWebhook(options: WebhookOptions = {}): Promise<TestWebhook> {
  const webhook = await openWebhook(options);
  onTestFinished(() => webhook.server.close());
  return webhook;
}

/** For a webhook that several tests share; whoever opens it closes it. */
export async function openWebhook(options: WebhookOptions = {}): Promise<TestWebhook> {
  const { context = contextOf(), cached = [namespaceOf()], maxInFlight = 512 } = options;
  const known = new Map(cached.map((namespace) => [namespace.name, namespace]));
  const { fetch = (name: string) => Promise.resolve(known.get(name)) } = options;
  const { ca, cert, key } = await certificate;
  const seen = { lines: [], events: [], errors: [], fetched: [] } as Pick<
    TestWebhook,
    'lines' | 'events' | 'errors' | 'fetched'
  >;
  const { installation, ownNamespace } = typeof context === 'function' ? contextOf() : context;
  const server = createWebhookServer({
    cert,
    key,
    maxInFlight,
    worker: options.worker ?? reviewWorker(installation.config, ownNamespace),
    ...(options.clients && { clients: options.clients }),
    limits: { bodies: patientBodies, thread: patientThread, ...options.limits },
    dependencies: {
      context: typeof context === 'function' ? context : () => context,
      namespaces: {
        get: (name) => known.get(name),
        fetch(name) {
          seen.fetched.push(name);
          return fetch(name);
        },
      },
      recordEvent: (event) => void seen.events.push(event),
      logReview: (line) => void seen.lines.push(line),
      logError: (error, message) => void seen.errors.push({ error, message }),
    },
  });
  const port = await server.listen('127.0.0.1', 0);
  return { ...seen, port, ca, server };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

type Target = Pick<TestWebhook, 'port' | 'ca'>;

/** One request, as a POST of JSON unless said otherwise. */
export function send({ port, ca }: Target, path: string, sending: Sending = {}): Promise<Answer> {
  const { method = 'POST', headers = { 'content-type': 'application/json' }, body, agent = false } = sending;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, ca, path, method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** The text, or a value as JSON, in a review's place. */
export function post(target: Target, path: string, body: unknown, sending: Sending = {}): Promise<Answer> {
  return send(target, path, { ...sending, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** A TLS connection on which bytes are written by hand. */
export async function openSocket({ port, ca }: Target): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Also if it ends with an error, as it does if the other side has not read all that was sent. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** Everything that comes until the other side closes the connection. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closeOf(socket);
  return Buffer.concat(chunks).toString('latin1');
}
