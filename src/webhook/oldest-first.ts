/**
 * Things in the order in which they came, each of which may go at any time. A linked list, as a Set or Map keeps what
 * was once in it alive: V8 leaves it in the table that it has outgrown, which every review would cost 8 KB.
 */
interface Link<T> {
  value: T | undefined;
  before: Link<T> | undefined;
  behind: Link<T> | undefined;
}

export class OldestFirst<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get first(): T | undefined {
    return this.#first?.value;
  }

  /** @returns a function that takes it out again: true if it was still there */
  add(value: T): () => boolean {
    const link: Link<T> = { value, before: this.#last, behind: undefined };
    if (this.#last) this.#last.behind = link;
    else this.#first = link;
    this.#last = link;
    return () => this.#remove(link);
  }

  #remove(link: Link<T>): boolean {
    if (link.value === undefined) return false;
    const { before, behind } = link;
    if (before) before.behind = behind;
    else this.#first = behind;
    if (behind) behind.before = before;
    else this.#last = before;
    link.value = link.before = link.behind = undefined;
    return true;
  }
}
