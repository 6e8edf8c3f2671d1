/** Log lines of what strangers send: so many a minute are written, the others counted and told of in one line. */
const minuteMs = 60_000;

export interface LineLimit {
  /** @returns whether one more line is to be written */
  admits(): boolean;
  stop(): void;
}

/** @param tell called after each minute in which lines were left out */
export function limitLines(most: number, tell: (leftOut: number) => void): LineLimit {
  let written = 0;
  let leftOut = 0;
  const timer = setInterval(() => {
    if (leftOut > 0) tell(leftOut);
    [written, leftOut] = [0, 0];
  }, minuteMs).unref();
  return {
    admits() {
      const isWritten = written < most;
      if (isWritten) written += 1;
      else leftOut += 1;
      return isWritten;
    },
    stop() {
      clearInterval(timer);
      if (leftOut > 0) tell(leftOut);
    },
  };
}
