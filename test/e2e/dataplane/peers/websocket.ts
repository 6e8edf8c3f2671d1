/** WebSockets: a small server that speaks first and then echoes, Node's own client, and one that does not wait. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

const textFrame = 0x81;
const closeFrame = 0x88;
const maskBit = 0x80;

/** A frame of less than 126 bytes from a server. */
function frameOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([textFrame, Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** A frame from a client, masked with zeros, which change nothing. */
function maskedFrameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  return Buffer.concat([Buffer.from([textFrame, maskBit | length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** The texts of whole short frames until one that closes, and what is left. */
function readFrames(data: Buffer): { texts: string[]; rest: Buffer } {
  const texts: string[] = [];
  let rest = data;
  for (;;) {
    const [first, second = 0] = rest;
    const start = (second & maskBit) === 0 ? 2 : 6;
    const end = start + (second & ~maskBit);
    if (first === closeFrame || rest.length < 2 || rest.length < end) return { texts, rest };
    const mask = rest.subarray(2, start);
    const body = rest.subarray(start, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    texts.push(Buffer.from(body).toString('utf8'));
    rest = rest.subarray(end);
  }
}

/** Greets in the same write as its 101, and echoes every frame; accepts whatever protocol is asked for. */
export async function startWebSocketServer(port: number): Promise<void> {
  const server = createServer(
    (_, response) => void response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade' }).end(),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    socket.write(Buffer.concat([Buffer.from(acceptance(request)), frameOf('hello')]));
    echo(socket, head);
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

function acceptance({ headers }: IncomingMessage): string {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    `Upgrade: ${headers.upgrade}`,
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
    '\r\n',
  ];
  return lines.join('\r\n');
}

function echo(socket: Socket, head: Buffer): void {
  let waiting: Buffer = Buffer.alloc(0);
  const take = (data: Buffer): void => {
    const { texts, rest } = readFrames(Buffer.concat([waiting, data]));
    waiting = rest;
    for (const text of texts) socket.write(frameOf(text));
    if (rest[0] === closeFrame) socket.end(Buffer.from([closeFrame, 0]));
  };
  take(head);
  socket.on('data', take);
}

/** Node's client: sends the messages when it is open, and gives what came until all were echoed. */
export async function chat(url: string, messages: readonly string[]): Promise<string[]> {
  const client = new WebSocket(url);
  const got: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.addEventListener('open', () => messages.forEach((message) => client.send(message)));
    client.addEventListener('message', ({ data }) => {
      got.push(String(data));
      if (got.length > messages.length) resolve();
    });
    client.addEventListener('error', () => reject(new Error(`no WebSocket from ${url}`)));
    client.addEventListener('close', () => reject(new Error(`the WebSocket from ${url} was closed`)));
  });
  client.close();
  return got;
}

/** The head of the response, and the texts of `count` frames; the first frame is sent with the request. */
export async function chatAtOnce(
  host: string,
  port: number,
  protocol: string,
  count: number,
): Promise<{ readonly head: string; readonly texts: readonly string[] }> {
  const socket = connect({ host, port, timeout: 20_000 });
  const lines = ['GET /chat HTTP/1.1', 'Host: shop', 'Connection: Upgrade', `Upgrade: ${protocol}`];
  const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '\r\n'];
  socket.write(Buffer.concat([Buffer.from([...lines, ...key].join('\r\n')), maskedFrameOf('early')]));
  socket.once('timeout', () => socket.destroy(new Error('nothing came for 20 s')));
  let data = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    data = Buffer.concat([data, chunk]);
    const end = data.indexOf('\r\n\r\n') + 4;
    if (end < 4) continue;
    const { texts } = readFrames(data.subarray(end));
    if (texts.length >= count) return { head: data.subarray(0, end).toString('latin1'), texts };
  }
  return { head: data.toString('latin1'), texts: [] };
}
