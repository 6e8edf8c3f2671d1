/** Something that is done again and again by several workers until it is stopped. */
export interface Load {
  /** How often it was done, without fault or with. */
  readonly count: () => number;
  /** What each attempt that failed said. */
  readonly failures: readonly string[];
  /** Resolves when the last attempt has ended. */
  stop(): Promise<void>;
}

/** @param attempt throws where it failed */
export function startLoad(workers: number, attempt: () => Promise<void>): Load {
  const failures: string[] = [];
  let count = 0;
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await attempt().catch((error: unknown) => failures.push(String(error).slice(0, 500)));
      count += 1;
    }
  };
  const running = Array.from({ length: workers }, work);
  return {
    count: () => count,
    failures,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
