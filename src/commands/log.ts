/** The program's own log: one JSON object a line, on stdout. */
import { destination, pino } from 'pino';

type Fields = Readonly<Record<string, unknown>>;

export type LogLine = (level: 'debug' | 'info' | 'warn' | 'error', fields: Fields, message: string) => void;

export interface Log {
  readonly line: LogLine;
  /** The line of a review, of which there may be thousands a second. */
  readonly review: (fields: object) => void;
  /** Writes what is still in memory. */
  flush(): void;
}

/** How long a line may wait in memory, in milliseconds. */
const flushEveryMs = 500;

/** How many reviews may wait. */
const batch = 64;

/**
 * Lines of reviews are made and written many at a time: a system call for each would cost as much as the review,
 * and the same code run 64 times on end costs a third of what it costs between other things.
 */
export function createLog(): Log {
  const stream = destination({ dest: 1, sync: false, minLength: 8192 });
  const logger = pino({ base: null, timestamp: false }, stream);
  const waiting: object[] = [];
  const writeWaiting = (): void => {
    for (const fields of waiting.splice(0)) logger.info(fields, 'review');
  };
  setInterval(() => {
    writeWaiting();
    stream.flush();
  }, flushEveryMs).unref();
  return {
    line(level, fields, message) {
      writeWaiting();
      logger[level]({ time: Date.now(), ...fields }, message);
    },
    review(fields) {
      waiting.push({ time: Date.now(), ...fields });
      if (waiting.length >= batch) writeWaiting();
    },
    flush() {
      writeWaiting();
      stream.flushSync();
    },
  };
}
