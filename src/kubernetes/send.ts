/** One HTTP exchange with the API server, up to the response's header. */
import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps, type RequestOptions } from 'node:https';
import { urlToHttpOptions } from 'node:url';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** TLS options and headers. They are the request's and not the agent's, so that new ones open a new connection. */
  readonly credentials: RequestOptions;
}

export interface Sender {
  send(exchange: Exchange): Promise<IncomingMessage>;
  close(): void;
}

export function createSender(): Sender {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });
  return {
    send: (exchange) => sendOn(exchange.url.protocol === 'http:' ? http : https, exchange, true),
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function sendOn(agent: HttpAgent, exchange: Exchange, mayRetry: boolean): Promise<IncomingMessage> {
  const { method, url, headers, body, signal, credentials } = exchange;
  const secret = credentials.headers as Readonly<Record<string, string>> | undefined;
  const options = {
    ...urlToHttpOptions(url), // takes the brackets off an IPv6 host, which `new URL` leaves on
    agent,
    ...credentials,
    method,
    signal,
    headers: { ...headers, ...trimmed(secret) },
  };
  return new Promise((resolve, reject) => {
    const sent = url.protocol === 'http:' ? requestHttp(options) : requestHttps(options);
    sent.once('response', resolve);
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection while we chose it: Node's documented race, safe to try once more.
      const isStale = sent.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
      if (isStale && mayRetry) resolve(sendOn(agent, exchange, false));
      else reject(error);
    });
    sent.end(body);
  });
}

/** A token file may end in a newline, which no header may hold. */
function trimmed(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
}
