/** The program's own log: one JSON object a line, on stdout. */
import { destination, pino } from 'pino';

export type LogLine = (
  level: 'debug' | 'info' | 'warn' | 'error',
  fields: Readonly<Record<string, unknown>>,
  message: string,
) => void;

export interface Log {
  readonly line: LogLine;
  /** Writes what is still in memory. */
  flush(): void;
}

/** How long a line may wait in memory, in milliseconds. */
const flushEveryMs = 500;

/**
 * Lines are collected and written some kilobytes at a time: at thousands of reviews a second, a system call for
 * each line would cost as much as the review.
 */
export function createLog(): Log {
  const stream = destination({ dest: 1, sync: false, minLength: 8192 });
  setInterval(() => stream.flush(), flushEveryMs).unref();
  const logger = pino({ base: null }, stream);
  return {
    line: (level, fields, message) => logger[level](fields, message),
    flush: () => stream.flushSync(),
  };
}
