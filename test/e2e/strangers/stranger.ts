/**
 * A stranger, as a process of its own: `node stranger.ts KIND PORT`. It goes on until it is ended, and opens a new
 * connection for each that is closed.
 */
import { connect, type TLSSocket } from 'node:tls';
import { brackets, goodReview, headOf, largeReview } from './bodies.ts';

interface Kind {
  readonly connections: number;
  /** What is done on a new connection. */
  readonly act: (socket: TLSSocket) => void;
}

/** Until the connection is closed. */
function every(ms: number, socket: TLSSocket, act: () => void): void {
  const timer = setInterval(() => {
    if (socket.writable) act();
    else clearInterval(timer);
  }, ms);
}

const send = (body: string) => (socket: TLSSocket) => {
  socket.resume();
  socket.write(headOf(Buffer.byteLength(body)) + body);
};

const drip = (ms: number, bytes: number) => (socket: TLSSocket) => {
  socket.resume();
  socket.write(headOf(goodReview.length));
  let sent = 0;
  every(ms, socket, () => void socket.write(goodReview.slice(sent, (sent += bytes))));
};

/** Requests without end, and no answer is read. */
function pipeline(socket: TLSSocket): void {
  socket.pause();
  const more = (): void => {
    while (socket.writable && socket.write(headOf(goodReview.length) + goodReview));
  };
  socket.on('drain', more);
  more();
}

/** 512 of them are a little more than all unfinished bodies may be. */
const half = (socket: TLSSocket): void => {
  socket.resume();
  socket.write(headOf(40_000) + ' '.repeat(39_000));
};

const kinds: Readonly<Record<string, Kind>> = {
  'a byte per 5 s': { connections: 600, act: drip(5000, 1) },
  '8 with 7 MiB of objects': { connections: 8, act: send(brackets) },
  '64 with 7 MiB of objects': { connections: 64, act: send(brackets) },
  '8 with reviews of 7 MiB': { connections: 8, act: send(largeReview) },
  '64 with reviews of 7 MiB': { connections: 64, act: send(largeReview) },
  '1,200 idle': { connections: 1200, act: (socket) => void socket.resume() },
  '200 slow bodies': { connections: 200, act: drip(100, 50) },
  '40 that never read': { connections: 40, act: pipeline },
  '40 that never read, a request at a time': {
    connections: 40,
    act(socket) {
      socket.pause();
      every(25, socket, () => void socket.write(headOf(goodReview.length) + goodReview));
    },
  },
  '512 half bodies': { connections: 512, act: half },
};

const [kind = '', port = ''] = process.argv.slice(2);
const { connections, act } = kinds[kind] ?? { connections: 0, act: () => undefined };
if (connections === 0) throw new Error(`no such kind: ${kind}`);

/** A connection that is closed at once is opened again some moments later: the load is bounded. */
const reopenMs = 250;

function open(): void {
  const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  socket.once('secureConnect', () => act(socket));
  socket.once('close', () => setTimeout(open, reopenMs));
}

for (let count = 0; count < connections; count += 1) setTimeout(open, count);
