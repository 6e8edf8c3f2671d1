/** Turns at something of which only so many can be done at a time; who waits too long is sent away. */
export interface TurnLimits {
  readonly most: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

export interface Waiter {
  /** @param end gives the turn back; may be called twice */
  onTurn(end: () => void): void;
  /** There are too many before it, or it has waited too long. */
  onRefused(): void;
}

export class Turns {
  readonly #limits: TurnLimits;
  readonly #waiting = new Map<Waiter, NodeJS.Timeout>();
  #taken = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** @returns a function that ends the waiting of one that has gone away */
  take(waiter: Waiter): () => void {
    const { most, maxWaiting, maxWaitMs } = this.#limits;
    if (this.#taken < most) this.#give(waiter);
    else if (this.#waiting.size >= maxWaiting) waiter.onRefused();
    else {
      const refuse = (): void => {
        this.#waiting.delete(waiter);
        waiter.onRefused();
      };
      this.#waiting.set(waiter, setTimeout(refuse, maxWaitMs).unref());
    }
    return () => this.#forget(waiter);
  }

  #give(waiter: Waiter): void {
    this.#taken += 1;
    let isOver = false;
    waiter.onTurn(() => {
      if (isOver) return;
      isOver = true;
      this.#taken -= 1;
      this.#next();
    });
  }

  #next(): void {
    const [first] = this.#waiting.keys();
    if (first === undefined) return;
    this.#forget(first);
    this.#give(first);
  }

  #forget(waiter: Waiter): void {
    clearTimeout(this.#waiting.get(waiter));
    this.#waiting.delete(waiter);
  }
}
