/** Raw bytes there and back: a server that remembers what it got, and a client that writes before it reads. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export interface Script {
  /** How many bytes the server waits for before it answers. */
  readonly length: number;
  /** Hexadecimal. */
  readonly answer: string;
}

let script: Script = { length: 0, answer: '' };
let received: Promise<string> = Promise.resolve('');

/** Listens on all addresses. Each connection gets the answer of the moment, and is closed when the client closes it. */
export async function startRecorder(port: number): Promise<void> {
  const server = createServer((socket) => {
    const { length, answer } = script;
    const chunks: Buffer[] = [];
    received = new Promise((resolve) => {
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('hex')));
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const before = Buffer.concat(chunks).length;
      chunks.push(chunk);
      if (before < length && before + chunk.length >= length) socket.write(Buffer.from(answer, 'hex'));
    });
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

export function setScript(next: Script): void {
  script = next;
}

/** Hexadecimal: all that the latest connection's client wrote, when it has ended. */
export function readReceived(): Promise<string> {
  return received;
}

export interface Exchange {
  /** Hexadecimal. */
  readonly answer: string;
  readonly ms: number;
}

/**
 * Writes bytes and reads until as many have come back, at most 20 s; less where the connection ends before.
 * @param bytes hexadecimal
 */
export async function exchange(
  host: string,
  port: number,
  bytes: string,
  answerLength: number,
): Promise<Exchange> {
  const start = performance.now();
  const socket = connect({ host, port, timeout: 20_000 });
  socket.once('timeout', () => socket.destroy(new Error(`no answer from ${host}:${port} in 20 s`)));
  socket.write(Buffer.from(bytes, 'hex'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if (Buffer.concat(chunks).length >= answerLength) break;
  }
  socket.destroy();
  return { answer: Buffer.concat(chunks).toString('hex'), ms: performance.now() - start };
}
