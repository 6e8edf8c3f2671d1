/** Servers that say one letter and hang up, and a client that collects the letters of many ports. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const listening = new Set<string>();

/** Listens on each port of the address that is not listened on yet. */
export async function sayOn(letter: string, address: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const name = `${address}:${port}`;
    if (listening.has(name)) continue;
    listening.add(name);
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(letter);
    });
    server.listen(port, address);
    await once(server, 'listening');
  }
}

const atOnce = 32;

/** What each port of a host says: its letter, or the code of the error. */
export async function hearFrom(host: string, ports: readonly number[]): Promise<string[]> {
  const heard: string[] = [];
  for (let start = 0; start < ports.length; start += atOnce) {
    const some = ports.slice(start, start + atOnce);
    heard.push(...(await Promise.all(some.map((port) => letterOf(host, port)))));
  }
  return heard;
}

function letterOf(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 10_000 });
    socket.once('timeout', () => socket.destroy(new Error('silent for 10 s')));
    socket.once('data', (data: Buffer) => resolve(data.toString('latin1')));
    socket.once('end', () => resolve('closed'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => socket.destroy());
  });
}
