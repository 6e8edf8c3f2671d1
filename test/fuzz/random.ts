/** Numbers that come again with the seed, so that what was found can be found again. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  oneOf<T>(items: readonly T[]): T;
  /** True once in so many times. */
  rarely(times: number): boolean;
}

/** Mulberry32, which is enough to choose by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    oneOf: (items) => items[below(items.length)] as (typeof items)[number],
    rarely: (times) => below(times) === 0,
  };
}
