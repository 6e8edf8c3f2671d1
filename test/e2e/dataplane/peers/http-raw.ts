/** HTTP/1 as bytes: a server that keeps what arrives and answers what it is told to, and a client of the same kind. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Ends every message of these tests: the server answers when it has seen it. */
const endMark = '<end>';

let response = '';
let received = '';

/** Listens on all addresses. Texts are latin1: a character is a byte. */
export async function startRawServer(port: number): Promise<void> {
  const server = createServer((socket) => serve(socket));
  server.listen(port, '::');
  await once(server, 'listening');
}

function serve(socket: Socket): void {
  let waiting = '';
  socket.setEncoding('latin1').on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    received += text;
    waiting += text;
    if (!waiting.includes(endMark)) return;
    waiting = '';
    socket.write(response, 'latin1');
  });
}

/** From now on this is the answer to everything, and nothing has been received. */
export function answerWith(text: string): void {
  response = text;
  received = '';
}

/** What has arrived since the last `answerWith`. */
export function readReceived(): string {
  return received;
}

/** Writes the request and reads until the response is whole or the connection ends, at most 10 s. */
export async function exchange(host: string, port: number, request: string): Promise<string> {
  const socket = connect({ host, port, timeout: 10_000 });
  socket.setEncoding('latin1').write(request, 'latin1');
  let text = '';
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (part: string) => {
      text += part;
      if (isWhole(text)) resolve();
    });
    socket.once('timeout', () => reject(new Error(`no whole response in 10 s: ${text}`)));
    socket.once('error', ({ message }) => {
      text += `<${message}>`;
    });
    socket.once('close', () => resolve());
  });
  socket.destroy();
  return text;
}

/** With our mark in the body or, where a proxy refused it, with as many bytes as it said. */
function isWhole(text: string): boolean {
  if (text.includes(endMark)) return true;
  const refusal = /(?:^|\r\n)HTTP\/1\.\d [45]\d\d[^]*?\r\n\r\n/u.exec(text)?.[0];
  const length = /\r\ncontent-length: (\d+)\r\n/iu.exec(refusal ?? '')?.[1];
  return refusal !== undefined && length !== undefined && text.length >= refusal.length + Number(length);
}
