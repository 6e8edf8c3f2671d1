/** One HTTP/1 request and its response through the proxies of a placement, as bytes; for the tests of http-*. */
import { expect } from 'vitest';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, type Pair, type PlacedMesh } from './network/placements.ts';
import type * as rawPeer from './peers/http-raw.ts';

const raw = peer<typeof rawPeer>('http-raw');
const port = 8080;

/** Lines as HTTP ends them; the last one is the body, or empty. */
export const lines = (...text: readonly string[]): string => text.join('\r\n');

export const plainGet = lines('GET /a HTTP/1.1', 'Host: shop', 'X-Mark: <end>', '', '');
export const plainOk = lines('HTTP/1.1 200 OK', 'Date: x', 'Content-Length: 5', '', '<end>');

export interface Exchange {
  readonly request: string;
  /** What the server gives. */
  readonly response?: string;
  /** What arrives at the server; default: the request. */
  readonly arrives?: string | RegExp;
  /** What the client gets; default: the server's response. */
  readonly returns?: string | RegExp;
  /** What the proxies count it as, if they take it for HTTP; default 200. */
  readonly status?: number | 'tcp';
  /** Only the first proxy has seen it. */
  readonly isStopped?: boolean;
}

/** With a server of raw HTTP on both hosts. */
export async function createRawHttpMesh(): Promise<PlacedMesh> {
  const ports = [{ containerPort: port }];
  const placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports }] },
  });
  for (const server of placed.servers) await server.use(raw).startRawServer(port);
  return placed;
}

/** Checks the bytes on both sides. */
export async function checkBytes({ client, server }: Pair, exchange: Exchange): Promise<void> {
  const { request, response = plainOk, arrives = request, returns = response } = exchange;
  await server.use(raw).answerWith(response);
  const result = await client.use(raw).exchange(server.ip, port, request);
  const received = await server.use(raw).readReceived();
  expect({ received, result }).toEqual({ received: expectText(arrives), result: expectText(returns) });
}

/** Checks the bytes on both sides, and that each proxy on the way has counted the exchange. */
export async function checkExchange(pair: Pair, exchange: Exchange): Promise<void> {
  const { status = 200, isStopped = false } = exchange;
  const [name, labels] =
    status === 'tcp' ? ['tcp_close_total', {}] : ['response_total', { status: `${status}` }];
  const counter = [`envoy_outrigger_${name}`, { port: `${port}`, ...labels }] as const;
  const { growth } = await countAlong(pair, counter, () => checkBytes(pair, exchange));
  const counted = pair.proxies.map((_, index) => (isStopped && index > 0 ? 0 : 1));
  await expect.poll(growth, { timeout: 5000 }).toEqual(counted);
}

function expectText(text: string | RegExp): unknown {
  return typeof text === 'string' ? text : expect.stringMatching(text);
}
