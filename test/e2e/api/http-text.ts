import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

export interface HttpText {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpOptions extends RequestOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
}

const requestLimitMs = 30_000;

/** One exchange over HTTP or HTTPS, on a new connection unless an agent says otherwise. */
export function sendHttp(url: string, { json, ...options }: HttpOptions): Promise<HttpText> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(url, { agent: false, timeout: requestLimitMs, ...options }, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((answer) => resolve({ status, headers, body: answer }), reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer from ${url} in ${requestLimitMs} ms`)));
    sent.once('error', reject);
    if (body !== undefined) sent.setHeader('content-type', 'application/json');
    sent.end(body);
  });
}

export const getText = (url: string): Promise<HttpText> => sendHttp(url, {});
