/** A body that is coming in, in one piece of memory: a client may send it a byte at a time. */
import type { IncomingMessage } from 'node:http';

/** What an upload costs beside its bytes: the request and its headers. */
const ownBytes = 4096;

const empty = Buffer.alloc(0);

/** At first: most bodies that come in several pieces find room in it. */
const firstBytes = 64 * 1024;

export class Upload {
  readonly request: IncomingMessage;
  /** Of `performance.now()`. */
  readonly startedAt = performance.now();
  /** The Content-Length; undefined for a body in chunks. */
  readonly announced: number | undefined;
  brackets = 0;
  isOver = false;
  #memory: Buffer = empty;
  #length = 0;

  constructor(request: IncomingMessage) {
    const { 'content-length': length } = request.headers;
    this.request = request;
    this.announced = length === undefined ? undefined : Number(length);
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** How much memory it takes. */
  get weight(): number {
    return ownBytes + this.#memory.length;
  }

  /** @param most what the body can grow to at most, for one in chunks */
  add(chunk: Buffer, most: number): void {
    const length = this.#length + chunk.length;
    // Most bodies come in one piece, which is kept as it is.
    if (chunk.length === this.announced) this.#memory = chunk;
    else {
      if (length > this.#memory.length) this.#grow(length, this.announced ?? most);
      chunk.copy(this.#memory, this.#length);
    }
    this.#length = length;
  }

  /** The request may be kept for long, its body is not. */
  drop(): void {
    this.#memory = empty;
    this.#length = 0;
  }

  #grow(least: number, most: number): void {
    // Not of Node's pool, which a small piece would hold as a whole, and which cannot be given to a worker.
    const larger = Buffer.allocUnsafeSlow(
      Math.min(most, Math.max(least, 2 * this.#memory.length, firstBytes)),
    );
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#memory = larger;
  }
}
