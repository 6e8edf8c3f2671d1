/** Node's HTTP/1 server, with a path for each thing that a proxy could get wrong. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { countHeaders, sumOf, writeBody } from './http-body.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<unknown> | void;

const handlers: Readonly<Record<string, Handler>> = {
  /** Without a length. */
  '/stream': async (_, response) => {
    for (const word of ['one', 'two', 'three']) {
      response.write(word);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  },
  '/hint': (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('after the hint');
  },
  /** Says what trailers came, and sends one. */
  '/trailers': async (request, response) => {
    await request.resume().toArray();
    response.setHeader('Trailer', 'X-Sum');
    response.write(JSON.stringify(request.trailers));
    response.addTrailers({ 'X-Sum': '42' });
    response.end();
  },
  /** Says how many headers of ours came and how long they were, and sends the same. */
  '/headers': (request, response) => {
    const own = Object.entries(request.headers).filter(([name]) => name.startsWith('x-own-'));
    for (const [name, value] of own) response.setHeader(name, value ?? '');
    response.end(JSON.stringify(countHeaders(request.headers)));
  },
  '/upload': async (request, response) => {
    response.end(JSON.stringify(await sumOf(request)));
  },
  '/download': (request, response) => writeBody(response, Number(request.headers['x-megabytes'])),
  /** Breaks the connection in the middle of the response. */
  '/cut': (request, response) => {
    response.write('half', () => request.socket.destroy());
  },
  /** Breaks the connection instead of a response. */
  '/drop': (request) => void request.socket.destroy(),
  '/mark': (request, response) => void response.end(`${request.method} <end>`),
  '/method': (request, response) => void response.end(request.method),
};

export async function startHttpServer(port: number): Promise<void> {
  const server = createServer({ maxHeaderSize: 2 ** 21 }, (request, response) => {
    const handler = handlers[request.url?.split('?')[0] ?? ''];
    if (handler === undefined) response.writeHead(404).end();
    else void handler(request, response);
  });
  server.maxHeadersCount = 0;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers['x-refuse'] !== undefined) {
      response.writeHead(413, { connection: 'close' }).end('too much');
      return;
    }
    response.writeContinue();
    void handlers['/upload']?.(request, response);
  });
  server.listen(port, '::');
  await once(server, 'listening');
}
