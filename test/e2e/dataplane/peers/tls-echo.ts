/** TLS from end to end: a server that says what it saw of the handshake, and a client that sends in small pieces. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, createServer } from 'node:tls';

export interface Handshake {
  readonly servername: string | false;
  readonly protocol: string | false | null;
  readonly version: string | null;
}

/** Says what it saw when it has got the word, and ends. */
export async function startTlsServer(port: number, cert: string, key: string): Promise<void> {
  const server = createServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1', 'frob/1'] }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data: Buffer) => {
      const { servername, alpnProtocol: protocol } = socket as typeof socket & { servername: string | false };
      const seen: Handshake = { servername, protocol, version: socket.getProtocol() };
      socket.end(JSON.stringify({ ...seen, data: data.toString('utf8') }));
    });
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

export interface TlsTalk {
  readonly host: string;
  readonly port: number;
  /** The authority that the server's certificate must be from. */
  readonly ca: string;
  readonly servername: string;
  readonly protocols: readonly string[];
  /** The first bytes go out in pieces of these lengths, with a pause after each. */
  readonly pieces?: readonly number[];
}

/** What the server saw, and its certificate's fingerprint as the client saw it. */
export async function talkTls({
  host,
  port,
  ca,
  servername,
  protocols,
  pieces = [],
}: TlsTalk): Promise<
  Handshake & { readonly data: string; readonly fingerprint: string; readonly ms: number }
> {
  const start = performance.now();
  const tcp = connectTcp({ host, port, noDelay: true });
  const socket = connect({
    socket: inPieces(tcp, pieces),
    ca,
    servername,
    ALPNProtocols: [...protocols],
  });
  await once(socket, 'secureConnect');
  const ms = performance.now() - start;
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  socket.write('hello');
  const seen = JSON.parse(await text(socket)) as Handshake & { readonly data: string };
  tcp.destroy();
  return { ...seen, fingerprint, ms };
}

/** The connection, its first bytes written in pieces. */
function inPieces(tcp: ReturnType<typeof connectTcp>, pieces: readonly number[]): Duplex {
  const left = [...pieces];
  async function write(data: Buffer): Promise<void> {
    let rest = data;
    while (left.length > 0 && rest.length > 0) {
      const length = left.shift()!;
      tcp.write(rest.subarray(0, length));
      rest = rest.subarray(length);
      await delay(20);
    }
    if (rest.length > 0) tcp.write(rest);
  }
  const duplex = new Duplex({
    read: () => void tcp.resume(),
    write: (data: Buffer, _, done) => void write(data).then(() => done(), done),
    final: (done) => void tcp.end(done),
  });
  tcp.on('data', (data: Buffer) => {
    if (!duplex.push(data)) tcp.pause();
  });
  tcp.once('end', () => duplex.push(null)).once('error', (error) => duplex.destroy(error));
  return duplex;
}
