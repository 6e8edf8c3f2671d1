/** A server that speaks first, as MySQL and SMTP do, and a client that waits for it to. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Listens on all addresses; greets with its name and the client's address, then echoes. */
export async function startGreeter(port: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`hello ${socket.remoteAddress}\n`);
    socket.pipe(socket);
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

export interface Greeting {
  readonly text: string;
  readonly ms: number;
}

/** Waits for the first bytes, at most 20 s; an empty text where the connection ends without any. */
export async function readGreeting(host: string, port: number): Promise<Greeting> {
  const start = performance.now();
  const socket = connect({ host, port, timeout: 20_000 });
  socket.once('timeout', () => socket.destroy(new Error(`no greeting from ${host}:${port} in 20 s`)));
  const text = await new Promise<string>((resolve, reject) => {
    socket.once('data', (data: Buffer) => resolve(data.toString('utf8')));
    socket.once('end', () => resolve(''));
    socket.once('error', reject);
  });
  socket.destroy();
  return { text, ms: performance.now() - start };
}
