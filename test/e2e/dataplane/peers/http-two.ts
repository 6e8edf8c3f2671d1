/** HTTP/2 without TLS ("prior knowledge"): Node's server and client. */
import { once } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { text } from 'node:stream/consumers';

const sessions = new WeakMap<ServerHttp2Session, number>();
let lastSession = 0;

/** Answers with what it saw, a hint before and a trailer after; WebSockets are greeted and echoed. */
export async function startHttp2Server(port: number): Promise<void> {
  const server = createServer({ settings: { enableConnectProtocol: true } });
  server.on('session', (session) => sessions.set(session, ++lastSession));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers[':method'] === 'CONNECT') greetAndEcho(stream, headers);
    else void describe(stream, headers);
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

function greetAndEcho(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.respond({ ':status': 200, 'x-protocol': String(headers[':protocol']) });
  stream.write('hello ');
  stream.pipe(stream);
}

async function describe(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  if (headers['x-want-hint'] !== undefined) stream.additionalHeaders({ ':status': 103, link: '</a>' });
  const body = await text(stream);
  stream.respond({ ':status': 200, trailer: 'x-sum' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
  const seen: Seen = { headers, body, session: sessions.get(stream.session as ServerHttp2Session) ?? 0 };
  stream.end(JSON.stringify(seen));
}

/** What the server saw of a request. */
export interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The number of the connection. */
  readonly session: number;
}

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly hints: readonly unknown[];
  readonly body: string;
}

async function openSession(host: string, port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://${host}:${port}`);
  await once(session, 'remoteSettings');
  return session;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const hints: unknown[] = [];
  let trailers: IncomingHttpHeaders = {};
  stream.on('headers', (headers) => hints.push(headers['link']));
  stream.on('trailers', (headers) => {
    trailers = headers;
  });
  stream.setTimeout(20_000, () => stream.destroy(new Error('nothing came for 20 s')));
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }];
  const body = await text(stream);
  return { status: headers[':status'] ?? 0, headers, trailers, hints, body };
}

/** Requests on one connection, all at once. */
export async function askHttp2(
  host: string,
  port: number,
  requests: readonly { readonly headers: OutgoingHttpHeaders; readonly body?: string }[],
): Promise<Http2Answer[]> {
  const session = await openSession(host, port);
  try {
    const streams = requests.map(({ headers, body }) => {
      const stream = session.request(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      return answerOf(stream);
    });
    return await Promise.all(streams);
  } finally {
    session.destroy();
  }
}

/** RFC 8441: the protocol that the server names, and what comes back until the server's end. */
export async function connectExtended(
  host: string,
  port: number,
  protocol: string,
): Promise<{ readonly status: number; readonly protocol: unknown; readonly text: string }> {
  const session = await openSession(host, port);
  try {
    const stream = session.request(
      {
        ':method': 'CONNECT',
        ':protocol': protocol,
        ':scheme': 'http',
        ':path': '/chat',
        ':authority': 'shop',
      },
      { endStream: false },
    );
    stream.write('first ');
    stream.end('second');
    const { status, headers, body } = await answerOf(stream);
    return { status, protocol: headers['x-protocol'], text: body };
  } finally {
    session.destroy();
  }
}
