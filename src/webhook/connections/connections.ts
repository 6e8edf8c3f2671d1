/**
 * Every connection of a server, so that a new one always finds a place. When there are too many, the one goes that
 * has been without a complete request for the longest: first those that never had one, a handshake among them, and
 * never one whose request is being answered. So strangers who hold connections open close each other's.
 */
import { Server as TlsServer } from 'node:tls';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

interface Connection {
  /** The one below TLS. */
  readonly socket: Socket;
  /** Complete requests that are not answered yet. */
  answering: number;
}

export class Connections {
  readonly #most: number;
  /** Those without a complete request so far, and the others; in both, the longest without one first. */
  readonly #unused = new Set<Connection>();
  readonly #used = new Set<Connection>();
  /** By their addresses, as TLS does not tell which connection it is on. */
  readonly #inHandshake = new Map<string, Connection>();
  readonly #bySocket = new WeakMap<Duplex, Connection>();

  constructor(server: Server, most: number) {
    this.#most = most;
    server.prependListener('connection', (socket: Socket) => this.#add(socket));
    if (server instanceof TlsServer)
      server.prependListener('secureConnection', (socket) => this.#secure(socket));
  }

  get size(): number {
    return this.#unused.size + this.#used.size;
  }

  /** A request has come completely. @returns a function to be called when it is answered */
  use(socket: Duplex): () => void {
    const connection = this.#bySocket.get(socket);
    if (connection === undefined) return () => undefined;
    const isOpen = this.#unused.delete(connection) || this.#used.delete(connection);
    if (isOpen) this.#used.add(connection);
    connection.answering += 1;
    return () => void (connection.answering -= 1);
  }

  /** Node would wait for those on which nothing has been sent yet, in a handshake or after it. */
  destroyAll(): void {
    for (const { socket } of [...this.#unused, ...this.#used]) socket.destroy();
  }

  #add(socket: Socket): void {
    if (this.size >= this.#most) this.#endIdlest();
    const connection: Connection = { socket, answering: 0 };
    const addresses = addressesOf(socket);
    this.#unused.add(connection);
    this.#bySocket.set(socket, connection);
    this.#inHandshake.set(addresses, connection);
    socket.once('close', () => {
      this.#forget(connection);
      if (this.#inHandshake.get(addresses) === connection) this.#inHandshake.delete(addresses);
    });
  }

  #secure(socket: Socket): void {
    const addresses = addressesOf(socket);
    const connection = this.#inHandshake.get(addresses);
    if (connection) this.#bySocket.set(socket, connection);
    this.#inHandshake.delete(addresses);
  }

  #endIdlest(): void {
    const idlest = firstOf(this.#unused) ?? firstOf(this.#used);
    if (idlest === undefined) return;
    this.#forget(idlest);
    idlest.socket.destroy();
  }

  #forget(connection: Connection): void {
    this.#unused.delete(connection);
    this.#used.delete(connection);
  }
}

function firstOf(connections: Iterable<Connection>): Connection | undefined {
  for (const connection of connections) if (connection.answering === 0) return connection;
  return undefined;
}

function addressesOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
