/** Plain TCP: a server that echoes and says farewell, and clients that end in all the ways there are. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

const received: string[] = [];

/** Echoes; at the client's end says how many bytes there were, keeps what they said, and ends, too. */
export async function startEchoServer(port: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.setEncoding('latin1').on('error', () => socket.destroy());
    socket.on('data', (part: string) => {
      text += part;
      socket.write(part, 'latin1');
    });
    socket.on('end', () => {
      received.push(text);
      socket.end(`farewell ${text.length}`);
    });
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

/** What each connection said that has ended since the last call. */
export function takeReceived(): string[] {
  return received.splice(0);
}

function open(host: string, port: number): Socket {
  const socket = connect({ host, port, timeout: 20_000, allowHalfOpen: true });
  return socket
    .once('timeout', () => socket.destroy(new Error('nothing came for 20 s')))
    .setEncoding('latin1');
}

/** Connects so many times, one after the other, and each time ends at once after a message. */
export async function sendAndForget(host: string, port: number, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const socket = open(host, port).resume();
    socket.on('error', () => undefined);
    socket.end(`message ${index}`);
    await new Promise((resolve) => socket.once('close', resolve));
  }
}

/** Says something, waits for its echo where asked to, ends its own side, and gives all that came. */
export async function sayAndEnd(
  host: string,
  port: number,
  text: string,
  waitsForEcho: boolean,
): Promise<string> {
  const socket = open(host, port);
  socket.write(text);
  let got = '';
  if (!waitsForEcho) socket.end();
  try {
    for await (const part of socket as AsyncIterable<string>) {
      got += part;
      if (got === text) socket.end();
    }
  } catch (error) {
    return `${got}<${(error as Error).message}>`;
  }
  return got;
}

/** How many of so many connections the other side has ended within 10 s, without a byte. */
export async function countClosed(host: string, port: number, count: number): Promise<number> {
  let closed = 0;
  for (let index = 0; index < count; index += 1) {
    const socket = connect({ host, port, timeout: 10_000 });
    socket.on('error', () => undefined).once('timeout', () => socket.destroy(new Error('still open')));
    const end = await new Promise((resolve) => {
      socket.once('data', () => resolve('data')).once('timeout', () => resolve('timeout'));
      socket.once('close', () => resolve('close'));
    });
    if (end === 'close') closed += 1;
    socket.destroy();
  }
  return closed;
}
