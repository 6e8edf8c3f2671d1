/** A queue in which each namespace has a share: one that fills its own takes nothing from the others. */
export interface FairQueue<T> {
  /** @returns whether it was taken, and whether an item was given up: itself, or one of the longest share */
  add(namespace: string, item: T): { readonly taken: boolean; readonly dropped: boolean };
  /** One namespace after the other, within each in order. */
  next(): T | undefined;
  readonly size: number;
}

export interface FairQueueLimits {
  readonly most: number;
  readonly mostOfOne: number;
}

export function createFairQueue<T>({ most, mostOfOne }: FairQueueLimits): FairQueue<T> {
  // A Map keeps the order of insertion: whose turn is next stands in front.
  const queues = new Map<string, T[]>();
  let size = 0;
  const makeRoom = (own: readonly T[]): boolean => {
    const longest = [...queues.values()].reduce(
      (one, other) => (other.length > one.length ? other : one),
      [],
    );
    if (longest.length <= own.length + 1) return false;
    longest.pop();
    size -= 1;
    return true;
  };
  return {
    add(namespace, item) {
      const own = queues.get(namespace) ?? [];
      const isFull = size >= most;
      if (own.length >= mostOfOne || (isFull && !makeRoom(own))) return { taken: false, dropped: true };
      own.push(item);
      queues.set(namespace, own);
      size += 1;
      return { taken: true, dropped: isFull };
    },
    next() {
      const [first] = queues;
      if (first === undefined) return undefined;
      const [namespace, items] = first;
      const item = items.shift();
      queues.delete(namespace);
      if (items.length > 0) queues.set(namespace, items);
      size -= 1;
      return item;
    },
    get size() {
      return size;
    },
  };
}
