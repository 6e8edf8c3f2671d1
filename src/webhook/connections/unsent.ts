/**
 * Answers that their clients have not read yet. An answer is at most 1 MiB, and TLS holds as much again: 16 MiB of
 * them are room for a thousand usual ones. Beyond that, and after 30 s, the connection of the oldest is closed.
 */
import type { Duplex } from 'node:stream';
import { OldestFirst } from '../oldest-first.ts';

export interface UnsentLimits {
  readonly bytes: number;
  readonly ms: number;
}

export const unsentLimits: UnsentLimits = { bytes: 16 * 1024 * 1024, ms: 30_000 };

interface Unsent {
  readonly socket: Duplex;
  /** Of `performance.now()`. */
  readonly since: number;
  /** To be called when it is sent, or given up. */
  end: () => void;
}

export class UnsentAnswers {
  readonly #limits: UnsentLimits;
  readonly #answers = new OldestFirst<Unsent>();
  readonly #sweep: NodeJS.Timeout;
  #bytes = 0;

  constructor(limits: UnsentLimits) {
    this.#limits = limits;
    this.#sweep = setInterval(() => this.#endOverdue(), Math.min(1000, limits.ms)).unref();
  }

  /** Before an answer is sent. @returns a function to be called when the response is closed */
  add(socket: Duplex, bytes: number): () => void {
    const answer: Unsent = { socket, since: performance.now(), end: () => undefined };
    const remove = this.#answers.add(answer);
    answer.end = () => {
      if (remove()) this.#bytes -= bytes;
    };
    this.#bytes += bytes;
    while (this.#bytes > this.#limits.bytes && this.#giveUpOldest());
    return answer.end;
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #endOverdue(): void {
    const latest = performance.now() - this.#limits.ms;
    while ((this.#answers.first?.since ?? Infinity) <= latest && this.#giveUpOldest());
  }

  #giveUpOldest(): boolean {
    const oldest = this.#answers.first;
    oldest?.end();
    oldest?.socket.destroy();
    return oldest !== undefined;
  }
}
