/**
 * A body that is coming in. A small one becomes a text piece by piece; a large one lies in one piece of memory, which
 * can be given to the worker.
 */
import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

/** What an upload costs beside its bytes: the request and its headers. */
const ownBytes = 4096;

/** What a piece of a text costs beside its bytes: a client may send a byte at a time. */
const pieceBytes = 64;

/** At first: a large body of unknown length grows from here. */
const firstBytes = 512 * 1024;

export class Upload {
  readonly request: IncomingMessage;
  /** Of `performance.now()`. */
  readonly startedAt = performance.now();
  /** The Content-Length; undefined for a body in chunks. */
  readonly announced: number | undefined;
  brackets = 0;
  isOver = false;
  /** In bytes. */
  length = 0;
  /** How much memory it takes. */
  weight = ownBytes;
  #text = '';
  #decoder: StringDecoder | undefined;
  #memory: Buffer | undefined;

  constructor(request: IncomingMessage) {
    const { 'content-length': length } = request.headers;
    this.request = request;
    this.announced = length === undefined ? undefined : Number(length);
  }

  /** Of a small body. */
  get text(): string {
    return this.#text + (this.#decoder?.end() ?? '');
  }

  /** Of a large body. */
  get bytes(): Buffer {
    return this.#memory?.subarray(0, this.length) ?? Buffer.alloc(0);
  }

  /** A piece of a small body. */
  addText(chunk: Buffer): void {
    // Most bodies come in one piece.
    if (chunk.length === this.announced) this.#text = chunk.toString('utf8');
    else this.#text += (this.#decoder ??= new StringDecoder('utf8')).write(chunk);
    this.length += chunk.length;
    this.weight += chunk.length + pieceBytes;
  }

  /** A piece of a large body. @param most what it can grow to at most, if it has no Content-Length */
  addBytes(chunk: Buffer, most: number): void {
    const before = this.#memory ?? this.#begin(most);
    const length = this.length + chunk.length;
    const memory = length > before.length ? grown(before, Math.min(most, 2 * length)) : before;
    chunk.copy(memory, this.length);
    this.#memory = memory;
    this.length = length;
  }

  /** The request may be kept for long, its body is not. */
  drop(): void {
    this.#text = '';
    this.#memory = undefined;
    this.#decoder = undefined;
  }

  /** With what has come while it was taken for a small one. */
  #begin(most: number): Buffer {
    // Not of Node's pool, which cannot be given to a worker.
    const memory = Buffer.allocUnsafeSlow(Math.min(most, this.announced ?? firstBytes));
    this.length = memory.write(this.text, 'utf8');
    this.#text = '';
    return memory;
  }
}

function grown(memory: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(length);
  memory.copy(larger);
  return larger;
}
