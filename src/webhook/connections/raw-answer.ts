/** Answers to what is no request, or none that Node's parser gives to a handler. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest, type Response } from '../respond.ts';

/** Sends an answer on a connection that nobody else writes on, and closes it. */
export function sendRaw(socket: Duplex, { status, contentType, headers = {}, body }: Response): void {
  const fields = {
    ...headers,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}

/** The answer to an error of Node's parser; undefined if the client has gone, or its handshake failed. */
export function answerToClientError({ code = '' }: NodeJS.ErrnoException): Response | undefined {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return badRequest('the request did not come in time', 408);
    case 'HPE_HEADER_OVERFLOW':
      return badRequest('the headers are too large', 431);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return badRequest('the extensions of a chunk are too large', 413);
    default:
      return code.startsWith('HPE_') ? badRequest('the request is not HTTP') : undefined;
  }
}
