/** Reviews in flight: from their last byte until they are computed, or nobody waits for them any more. */
import type { ServerResponse } from 'node:http';

export class Places {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns a function that gives the place back, and may be called twice; undefined if there is none */
  take(response: ServerResponse): (() => void) | undefined {
    if (this.#taken >= this.#most) return undefined;
    this.#taken += 1;
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      this.#taken -= 1;
    };
    response.once('close', leave);
    return leave;
  }
}
