/**
 * Output that waits until all of the input has been read: a failure must leave nothing on stdout. Held in large
 * blocks, so that neither a hundred thousand small buffers nor the chunks they were cut from stay in memory.
 */
import { once } from 'node:events';

const blockBytes = 1_048_576;

export class OutputBlocks {
  readonly #full: Uint8Array[] = [];
  #open = Buffer.allocUnsafeSlow(blockBytes);
  #used = 0;
  #last: number | undefined;

  add(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + blockBytes - this.#used);
      this.#open.set(part, this.#used);
      this.#used += part.length;
      from += part.length;
      if (this.#used === blockBytes) this.#close();
    }
    this.#last = bytes.at(-1) ?? this.#last;
  }

  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  endsWithNewline(): boolean {
    return this.#last === 0x0a;
  }

  /** Waits for a reader that is slower than we are. */
  async writeTo(stream: NodeJS.WritableStream): Promise<void> {
    this.#close();
    for (const block of this.#full) if (!stream.write(block)) await once(stream, 'drain');
  }

  #close(): void {
    if (this.#used === 0) return;
    this.#full.push(this.#open.subarray(0, this.#used));
    this.#open = Buffer.allocUnsafeSlow(blockBytes);
    this.#used = 0;
  }
}
