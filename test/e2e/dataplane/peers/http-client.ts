/** Node's HTTP/1 client. */
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { countHeaders, expectedSum, sumOf, writeBody, type Sum } from './http-body.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly trailers: IncomingMessage['trailers'];
  /** The status codes that came before the final one, with the headers of each. */
  readonly before: readonly { readonly status: number; readonly link?: string }[];
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

function open(url: string, { method = 'GET', headers = {} }: Ask): ClientRequest {
  const options = { agent: false, maxHeaderSize: 2 ** 21, timeout: 60_000 };
  const sent = request(url, { method, headers: { ...headers }, ...options });
  sent.maxHeadersCount = 0;
  return sent;
}

async function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  sent.once('timeout', () => sent.destroy(new Error('nothing came for a minute')));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** One request with a connection of its own. With `expect: 100-continue` the body waits for the word to go on. */
export async function ask(url: string, asked: Ask = {}): Promise<Answer> {
  const sent = open(url, asked);
  const before: { status: number; link?: string }[] = [];
  sent.on('information', ({ statusCode, headers }) =>
    before.push({ status: statusCode, ...(headers['link'] && { link: String(headers['link']) }) }),
  );
  const send = (): void => {
    if (asked.trailers) sent.addTrailers({ ...asked.trailers });
    sent.end(asked.body);
  };
  if (asked.headers?.['expect'] === undefined) send();
  else sent.once('continue', send).flushHeaders();
  const response = await responseTo(sent);
  const body = await text(response);
  const { statusCode: status = 0, headers, trailers } = response;
  sent.destroy();
  return { status, body, headers, trailers, before };
}

/** Sends so many headers of such a length, and counts what came back. */
export async function askWithHeaders(
  url: string,
  count: number,
  length: number,
): Promise<{ readonly there: string; readonly back: ReturnType<typeof countHeaders> }> {
  const entries = Array.from(
    { length: count },
    (_, index) => [`x-own-${index}`, 'v'.repeat(length)] as const,
  );
  const { body, headers } = await ask(url, { headers: Object.fromEntries(entries) });
  return { there: body, back: countHeaders(headers) };
}

/** @returns what the server made of it, and what it should be */
export async function upload(url: string, megabytes: number): Promise<{ got: Sum; expected: Sum }> {
  const sent = open(url, { method: 'POST' });
  const [response] = await Promise.all([responseTo(sent), writeBody(sent, megabytes)]);
  return { got: JSON.parse(await text(response)) as Sum, expected: await expectedSum(megabytes) };
}

/** @returns what came, and what it should be */
export async function download(url: string, megabytes: number): Promise<{ got: Sum; expected: Sum }> {
  const sent = open(url, { headers: { 'x-megabytes': `${megabytes}` } }).end();
  return { got: await sumOf(await responseTo(sent)), expected: await expectedSum(megabytes) };
}
