/** A line on stderr that moves, for somebody who waits longer than a second. */
import type { Terminal } from './command.ts';

export interface Progress {
  tell(documents: number): void;
  /** Takes the line away. */
  end(): void;
}

const firstAfterMs = 1000;
const everyMs = 200;

const untold: Progress = { tell: () => undefined, end: () => undefined };

export function createProgress({ stderr, isWatched }: Terminal): Progress {
  if (isWatched !== true) return untold;
  let next = performance.now() + firstAfterMs;
  let isShown = false;
  return {
    tell(documents) {
      if (performance.now() < next) return;
      next = performance.now() + everyMs;
      isShown = true;
      stderr.write(`\r${documents} documents read…`);
    },
    end() {
      if (isShown) stderr.write('\r\u001B[K');
    },
  };
}
