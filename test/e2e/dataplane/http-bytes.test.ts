/** HTTP/1.1 that reaches the other side byte for byte as it was sent. What does not is in http-strictness.test.ts. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checkExchange, createRawHttpMesh, lines, plainGet, plainOk } from './http-exchange.ts';
import { placements, type PlacedMesh } from './network/placements.ts';

let placed: PlacedMesh;

beforeAll(async () => {
  placed = await createRawHttpMesh();
});
afterAll(() => placed?.mesh.stop());

const get = (target: string): string =>
  lines(`GET ${target} HTTP/1.1`, 'Host: shop', 'X-Mark: <end>', '', '');
const getWith = (...headers: readonly string[]): string =>
  lines('GET /a HTTP/1.1', 'Host: shop', ...headers, 'X-Mark: <end>', '', '');
const withBody = (method: string, ...headers: readonly string[]): string =>
  lines(`${method} /a HTTP/1.1`, 'Host: shop', 'Content-Length: 5', ...headers, '', '<end>');

const requests: readonly [sentence: string, request: string][] = [
  ['a plain GET', plainGet],
  ['a query with escapes in both cases', get('/a?b=%2f%2F&c=d%20;e&&')],
  ['a path that others would normalise', get(String.raw`//a/../b/./c\d/%2e%2E/;x??`)],
  ['a target in absolute form', get('http://shop/a')],
  ['a target in absolute form with https', get('https://shop/a')],
  ['names of headers in any case', getWith('x-lower: 1', 'X-UPPER: 2', 'x-MiXed: 3', 'x_underscore: 4')],
  ['a header that comes twice, with others between', getWith('X-A: 1', 'X-B: 2', 'X-A: 3')],
  ['a header without a value', getWith('X-Empty: ')],
  ['bytes above ASCII and quotes in a header', getWith('X-Bytes: \xe4\xff\x80 "q" \\')],
  ['cookies', getWith('Cookie: a=1; b=2', 'Cookie: c=3')],
  ['what other proxies wrote', getWith('Via: 1.1 other', 'X-Forwarded-For: 192.0.2.1', 'Forwarded: for=x')],
  ['a scheme that another proxy wrote', getWith('X-Forwarded-Proto: https')],
  ['a scheme in another case, and none that exists', getWith('x-forwarded-proto: weird')],
  ['identifiers of a request', getWith('X-Request-Id: 7', 'traceparent: 00-1-2-01', 'b3: 0')],
  ['headers that control an Envoy elsewhere', getWith('X-Envoy-Max-Retries: 3', 'x-envoy-decorator: a')],
  ['a referer', getWith('Referer: http://other/b?c')],
  ['credentials', getWith('Authorization: NTLM TlRM', 'Proxy-Authorization: Basic YTpi')],
  ['a GET that says that it has no body', getWith('Content-Length: 0')],
  ['a GET with a body', withBody('GET')],
  ['a PUT with a body', withBody('PUT', 'Content-Type: text/plain')],
  ['a DELETE with a body', withBody('DELETE')],
  ['a PROPFIND with a body', withBody('PROPFIND', 'Depth: 1')],
  ['an expectation that is not 100-continue', withBody('POST', 'Expect: a-miracle')],
  [
    'a body in a chunk',
    lines('POST /a HTTP/1.1', 'Host: shop', 'Transfer-Encoding: chunked', '', '5', '<end>', '0', '', ''),
  ],
];

const respond = (statusLine: string, ...headers: readonly string[]): string =>
  lines(statusLine, 'Date: x', ...headers, 'Content-Length: 5', '', '<end>');

const responses: readonly [sentence: string, status: number, response: string][] = [
  ['a plain one', 200, plainOk],
  ['a reason of its own', 200, respond('HTTP/1.1 200 Fine By Me')],
  ['a status that is not registered', 299, respond('HTTP/1.1 299 X')],
  ['a status beyond all classes', 999, respond('HTTP/1.1 999 X')],
  ['a server and proxies', 200, respond('HTTP/1.1 200 OK', 'server: me', 'Via: x', 'X-Powered-By: y')],
  ['cookies', 200, respond('HTTP/1.1 200 OK', 'Set-Cookie: a=1', 'Set-Cookie: b=2')],
  ['another Envoy', 503, respond('HTTP/1.1 503 Service Unavailable', 'X-Envoy-Overloaded: true')],
  ['a challenge', 401, respond('HTTP/1.1 401 Unauthorized', 'WWW-Authenticate: NTLM')],
  ['a redirect', 302, respond('HTTP/1.1 302 Found', 'Location: http://other:8080/#a')],
  ['no content', 204, lines('HTTP/1.1 204 No Content', 'Date: x', 'X-Mark: <end>', '', '')],
  [
    'the length of a body that is not sent',
    304,
    lines('HTTP/1.1 304 Not Modified', 'Date: x', 'Content-Length: 5', 'ETag: "<end>"', '', ''),
  ],
  [
    'a body in a chunk',
    200,
    lines('HTTP/1.1 200 OK', 'Date: x', 'Transfer-Encoding: chunked', '', '5', '<end>', '0', '', ''),
  ],
  ['a hint before', 200, lines('HTTP/1.1 103 Early Hints', 'Link: </a>', '', plainOk)],
  ['that it takes long', 200, lines('HTTP/1.1 102 Processing', '', plainOk)],
  ['a 100 that nobody asked for', 200, lines('HTTP/1.1 100 Continue', '', plainOk)],
];

/** No proxy knows these for HTTP by their first bytes, and what it does not know it passes on. */
const unknown: readonly [sentence: string, request: string][] = [
  ['a method that is not registered', lines('FROB /a HTTP/1.1', 'Host: shop', 'X-Mark: <end>', '', '')],
  ['a method in lower case', lines('get /a HTTP/1.1', 'Host: shop', 'X-Mark: <end>', '', '')],
  ['an empty line before the request', lines('', plainGet)],
  ['a path that is not ASCII', get('/\xc3\xa4')],
];

describe.each(placements)('with a proxy %s', (placement) => {
  it.each(requests)('a request arrives as it was sent: %s', (_, request) =>
    checkExchange(placed.pair(placement), { request }),
  );

  it.each(responses)('a response arrives as it was sent: %s', (_, status, response) =>
    checkExchange(placed.pair(placement), { request: plainGet, response, status }),
  );

  it.each(unknown)('what is not taken for HTTP passes as plain TCP: %s', (_, request) =>
    checkExchange(placed.pair(placement), { request, status: 'tcp' }),
  );
});
