/**
 * Answers that their clients have not read yet. An answer is at most 1 MiB, and TLS holds as much again: 16 MiB of
 * them are room for a thousand usual ones. Beyond that, and after 30 s, the connection of the oldest is closed.
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface UnsentLimits {
  readonly bytes: number;
  readonly ms: number;
}

export const unsentLimits: UnsentLimits = { bytes: 16 * 1024 * 1024, ms: 30_000 };

interface Answer {
  readonly socket: Duplex;
  readonly bytes: number;
  /** Of `performance.now()`. */
  readonly since: number;
}

export class UnsentAnswers {
  readonly #limits: UnsentLimits;
  /** The oldest first. */
  readonly #answers = new Map<ServerResponse, Answer>();
  readonly #sweep: NodeJS.Timeout;
  #bytes = 0;

  constructor(limits: UnsentLimits) {
    this.#limits = limits;
    this.#sweep = setInterval(() => this.#endOverdue(), Math.min(1000, limits.ms)).unref();
  }

  /** Before an answer is sent; `delete` when the response is closed. */
  add(response: ServerResponse, socket: Duplex, bytes: number): void {
    this.#answers.set(response, { socket, bytes, since: performance.now() });
    this.#bytes += bytes;
    for (const [oldest, answer] of this.#answers) {
      if (this.#bytes <= this.#limits.bytes) return;
      this.#end(oldest, answer);
    }
  }

  delete(response: ServerResponse): void {
    const answer = this.#answers.get(response);
    if (answer === undefined) return;
    this.#answers.delete(response);
    this.#bytes -= answer.bytes;
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #endOverdue(): void {
    const latest = performance.now() - this.#limits.ms;
    for (const [response, answer] of this.#answers) {
      if (answer.since > latest) return;
      this.#end(response, answer);
    }
  }

  #end(response: ServerResponse, { socket }: Answer): void {
    this.delete(response);
    socket.destroy();
  }
}
