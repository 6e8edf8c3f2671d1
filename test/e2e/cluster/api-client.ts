import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KeyPair } from './pki.ts';

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

export type ApiGet = (path: string) => Promise<ApiResponse>;

const requestLimitMs = 10_000;

/** GETs one path of the API server. Cheaper than kubectl where a path is polled; rejects when it is down. */
export function createApiGet(url: string, caCertificate: string, client: KeyPair): ApiGet {
  // No keep-alive: a connection of before a restart must not be used after it.
  const agent = new Agent({
    keepAlive: false,
    ca: caCertificate,
    cert: client.certificate,
    key: client.key,
  });
  return (path) =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), { agent, timeout: requestLimitMs }, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.once('timeout', () => sent.destroy(new Error(`no answer from ${path} in ${requestLimitMs} ms`)));
      sent.once('error', reject);
      sent.end();
    });
}
