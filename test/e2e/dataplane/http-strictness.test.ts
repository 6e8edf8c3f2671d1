/**
 * HTTP/1.1 that does not reach the other side as it was sent, one row for each deviation that the documentation
 * lists under "HTTP strictness". A row that fails because the bytes now arrive unchanged is good news: move it to
 * http-bytes.test.ts, and correct the documentation.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkBytes,
  checkExchange,
  createRawHttpMesh,
  lines,
  plainGet,
  plainOk,
  type Exchange,
} from './http-exchange.ts';
import { placements, type PlacedMesh } from './network/placements.ts';

let placed: PlacedMesh;

beforeAll(async () => {
  placed = await createRawHttpMesh();
});
afterAll(() => placed?.mesh.stop());

const request = (line: string, ...headers: readonly string[]): string =>
  lines(line, ...headers, 'X-Mark: <end>', '', '');
const get = (...headers: readonly string[]): string => request('GET /a HTTP/1.1', 'Host: shop', ...headers);
/** A response without a date gets one. */
const respond = (statusLine: string, ...headers: readonly string[]): string =>
  lines(statusLine, 'Date: x', ...headers, 'Content-Length: 5', '', '<end>');

/** `arrives` is a plain GET unless it is said. */
const changedRequests: readonly [sentence: string, sent: string, arrives?: string][] = [
  ['white space around values is trimmed', get('X-B:  \t 1 \t'), get('X-B: 1')],
  ['a missing space before a value is added', get('X-B:1', 'X-C:'), get('X-B: 1', 'X-C: ')],
  ['a header that goes on in the next line is joined', get('X-B: 1\r\n 2'), get('X-B: 1 2')],
  ['line feeds become line ends', 'GET /a HTTP/1.1\nHost: shop\nX-Mark: <end>\n\n'],
  ['the name of a header is written as it came first', get('X-B: 1', 'x-b: 2'), get('X-B: 1', 'X-B: 2')],
  ['two hosts are merged', get('Host: b'), request('GET /a HTTP/1.1', 'Host: shop,b')],
  ['connection headers end here', get('Connection: keep-alive', 'Keep-Alive: timeout=5')],
  ['so do headers that Connection names', get('Connection: X-B', 'X-B: 1')],
  ['so does Proxy-Connection', get('Proxy-Connection: keep-alive')],
  [
    'so does an upgrade to HTTP/2',
    get('Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
    get(),
  ],
  ['so does an upgrade to TLS', get('Connection: Upgrade', 'Upgrade: TLS/1.0')],
  ['of TE only trailers is left', get('TE: trailers, deflate'), get('TE: trailers')],
  ['a referer that is no URL is removed', get('Referer: not a url')],
  ['marks of our own are removed', get('X-Outrigger-Abs: http', 'X-Outrigger-Xfp: https')],
  ['and what would control this Envoy', get('X-Outrigger-Internal-Max-Retries: 3')],
  [
    'a PURGE without a body says so',
    request('PURGE /a HTTP/1.1', 'Host: shop'),
    lines('PURGE /a HTTP/1.1', 'Host: shop', 'X-Mark: <end>', 'Content-Length: 0', '', ''),
  ],
  [
    'a PROPFIND without a body says so',
    request('PROPFIND /a HTTP/1.1', 'Host: shop'),
    lines('PROPFIND /a HTTP/1.1', 'Host: shop', 'X-Mark: <end>', 'Content-Length: 0', '', ''),
  ],
  [
    'an absolute target is the host',
    request('GET http://other/a HTTP/1.1', 'Host: shop'),
    request('GET http://other/a HTTP/1.1', 'Host: other'),
  ],
  [
    'an absolute target has a path',
    request('GET http://shop HTTP/1.1', 'Host: shop'),
    request('GET http://shop/ HTTP/1.1', 'Host: shop'),
  ],
  [
    'chunks lose their extensions',
    lines('POST /a HTTP/1.1', 'Host: shop', 'Transfer-Encoding: chunked', '', '5;a=b', '<end>', '0', '', ''),
    lines('POST /a HTTP/1.1', 'Host: shop', 'Transfer-Encoding: chunked', '', '5', '<end>', '0', '', ''),
  ],
  [
    'trailers are in lower case, and framing stands last',
    lines('PUT /a HTTP/1.1', 'Transfer-Encoding: chunked', 'Host: shop', '', '0', 'X-T: <end>', '', ''),
    lines('PUT /a HTTP/1.1', 'Host: shop', 'Transfer-Encoding: chunked', '', '0', 'x-t: <end>', '', ''),
  ],
];

const changedResponses: readonly [sentence: string, sent: string, returns: string | RegExp][] = [
  [
    'a date is added',
    lines('HTTP/1.1 200 OK', 'Content-Length: 5', '', '<end>'),
    /^HTTP\/1.1 200 OK\r\nContent-Length: 5\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n\r\n<end>$/u,
  ],
  ['a missing reason is added', respond('HTTP/1.1 200 '), plainOk],
  ['HTTP/1.0 becomes 1.1', respond('HTTP/1.0 200 OK'), plainOk],
  ['line feeds become line ends', 'HTTP/1.1 200 OK\nDate: x\nContent-Length: 5\n\n<end>', plainOk],
  ['the server may close, and need not say it', respond('HTTP/1.1 200 OK', 'Connection: close'), plainOk],
  [
    'connection headers end here',
    respond('HTTP/1.1 200 OK', 'Connection: keep-alive', 'Keep-Alive: timeout=5'),
    plainOk,
  ],
  [
    'so does the offer to upgrade',
    respond('HTTP/1.1 200 OK', 'Connection: Upgrade', 'Upgrade: h2c'),
    plainOk,
  ],
  [
    'the name of a header is written as it came first',
    respond('HTTP/1.1 200 OK', 'Set-Cookie: a', 'set-cookie: b'),
    respond('HTTP/1.1 200 OK', 'Set-Cookie: a', 'Set-Cookie: b'),
  ],
  [
    'of two hints the second is lost',
    lines(
      'HTTP/1.1 103 Early Hints',
      'Link: </a>',
      '',
      'HTTP/1.1 103 Early Hints',
      'Link: </b>',
      '',
      plainOk,
    ),
    lines('HTTP/1.1 103 Early Hints', 'Link: </a>', '', plainOk),
  ],
  [
    'a 100 after a hint is lost',
    lines('HTTP/1.1 103 Early Hints', 'Link: </a>', '', 'HTTP/1.1 100 Continue', '', plainOk),
    lines('HTTP/1.1 103 Early Hints', 'Link: </a>', '', plainOk),
  ],
  [
    'trailers are in lower case, and framing stands last',
    lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Date: x', '', '0', 'X-T: <end>', '', ''),
    lines('HTTP/1.1 200 OK', 'Date: x', 'Transfer-Encoding: chunked', '', '0', 'x-t: <end>', '', ''),
  ],
];

const refused: readonly [sentence: string, status: number, sent: string][] = [
  ['a fragment in the target', 400, request('GET /a#b HTTP/1.1', 'Host: shop')],
  ['no host', 400, request('GET /a HTTP/1.1')],
  ['the asterisk', 404, request('OPTIONS * HTTP/1.1', 'Host: shop')],
  ['an upgrade that is not on the list', 403, get('Connection: Upgrade', 'Upgrade: frob')],
];

/** Before there is a request: Envoy's codec answers, and the connection ends. */
const malformed: readonly [sentence: string, sent: string][] = [
  [
    'a length and chunks at once',
    request('POST /a HTTP/1.1', 'Host: shop', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  ],
  ['a name that is no token', get('x(a: 1')],
  ['a space after a name', get('X-B : 1')],
  ['a target in a scheme that is not HTTP', request('GET ftp://shop/a HTTP/1.1', 'Host: shop')],
];

const brokenResponses: readonly [sentence: string, sent: string][] = [
  [
    'a length and chunks at once',
    lines(
      'HTTP/1.1 200 OK',
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
      '',
      '5',
      '<end>',
      '0',
      '',
      '',
    ),
  ],
  ['a length twice', respond('HTTP/1.1 200 OK', 'Content-Length: 5')],
  ['no HTTP', lines('hello', '')],
];

describe.each(placements)('with a proxy %s', (placement) => {
  const check = (exchange: Exchange): Promise<void> => checkExchange(placed.pair(placement), exchange);

  it.each(changedRequests)('a request changes: %s', (_, request, arrives = plainGet) =>
    check({ request, arrives }),
  );

  it.each(changedResponses)('a response changes: %s', (_, response, returns) =>
    check({ request: plainGet, response, returns }),
  );

  it.each(refused)('a request is refused: %s', (_, status, request) =>
    check({
      request,
      arrives: '',
      returns: new RegExp(`^HTTP/1.1 ${status} `, 'u'),
      status,
      isStopped: true,
    }),
  );

  it.each(malformed)('a request is malformed: %s', (_, request) =>
    check({ request, arrives: '', returns: /^HTTP\/1.1 400 .*Bad Request$/su, status: 400, isStopped: true }),
  );

  it.each(brokenResponses)('a response is replaced: %s', (_, response) =>
    check({ request: plainGet, response, returns: /^HTTP\/1.1 502 /u, status: 502 }),
  );

  it('a first line of more than 64 KiB is cut off, and counted by the inspector alone', async () => {
    const { proxies } = placed.pair(placement);
    const countErrors = () => proxies[0]!.pod.metric('envoy_http_inspector_read_error');
    const before = await countErrors();
    const longLine = request(`GET /${'a'.repeat(65_536)} HTTP/1.1`, 'Host: shop');
    const cutOff = { request: longLine, arrives: '', returns: /^<.*ECONNRESET.*>$/u };
    await checkBytes(placed.pair(placement), cutOff);
    expect(await countErrors()).toBe(before + 1);
  });

  it('the request to close is for the proxy, which does', () =>
    check({
      request: get('Connection: close'),
      arrives: plainGet,
      returns: respond('HTTP/1.1 200 OK').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    }));

  it('a request without a version, as in HTTP/0.9, becomes 1.1 and is answered in 1.0', () =>
    check({
      request: 'GET /<end>\r\n',
      arrives: lines('GET /<end> HTTP/1.1', 'Host: localhost', '', ''),
      returns: lines('HTTP/1.0 200 OK', 'Date: x', 'Content-Length: 5', 'Connection: close', '', '<end>'),
    }));

  it('HTTP/1.2 is answered as 1.0', () =>
    check({
      request: request('GET /a HTTP/1.2', 'Host: shop'),
      arrives: plainGet,
      returns: lines('HTTP/1.0 200 OK', 'Date: x', 'Content-Length: 5', 'Connection: close', '', '<end>'),
    }));
});
