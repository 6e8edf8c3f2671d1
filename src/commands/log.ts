/** The program's own log: one JSON object a line, on stdout. Reviews go on whatever becomes of it. */
import { destination, pino } from 'pino';

type Fields = Readonly<Record<string, unknown>>;

export type LogLine = (level: 'debug' | 'info' | 'warn' | 'error', fields: Fields, message: string) => void;

export interface Log {
  readonly line: LogLine;
  /** The line of a review, of which there may be thousands a second. */
  readonly review: (fields: object) => void;
  /** Lines that nobody took: the reader was too slow, or has gone. */
  readonly dropped: number;
  /**
   * Waits until what is in memory has been written, and not for long.
   * @returns what is wrong, if it could not be written
   */
  flush(): Promise<NodeJS.ErrnoException | undefined>;
}

/** A system call a line would cost as much as the review. */
const buffering = {
  minLength: 8192,
  /** What waits for a slow reader; what comes on top is dropped. */
  maxLength: 1_048_576,
  periodicFlush: 500,
} as const;

const flushWithinMs = 1000;

/** What is longer is no longer read by anybody, and some collectors cut it in two. */
const maxLineBytes = 4096;
const maxTextLength = 1000;

/** @param fd the file descriptor to write to */
export function createLog(fd = 1): Log {
  const stream = destination({ dest: fd, sync: false, ...buffering });
  // Called by pino when the program ends, it tries for ever where there is no reader any more.
  stream.flushSync = () => undefined;
  const options = { base: null, timestamp: false, hooks: { streamWrite: shortened } } as const;
  const logger = pino(options, stream);
  let dropped = 0;
  let reported = 0;
  stream.on('drop', () => (dropped += 1));
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') stream.write = () => (dropped += 1) > 0;
  });
  stream.on('drain', () => {
    if (dropped === reported) return;
    const fields = { time: Date.now(), lines: dropped - reported };
    reported = dropped;
    logger.warn(fields, 'lines were dropped, as nobody took them');
  });
  return {
    line: (level, fields, message) => logger[level]({ time: Date.now(), ...cut(fields) }, message),
    review: (fields) => logger.info({ time: Date.now(), ...fields }, 'review'),
    get dropped() {
      return dropped;
    },
    flush: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), flushWithinMs);
        stream.flush((error) => {
          clearTimeout(timer);
          // A pipe cannot be synced, and need not.
          resolve(isOfSync(error) ? undefined : (error ?? undefined));
        });
      }),
  };
}

function isOfSync(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error?.syscall === 'fsync';
}

/** Errors and texts may hold what somebody else has written, of any length. */
function cut(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (value instanceof Error)
        return [
          key,
          { type: value.name, message: cutText(value.message), stack: cutText(value.stack ?? '') },
        ];
      return [key, typeof value === 'string' ? cutText(value) : value];
    }),
  );
}

function cutText(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength - 1).toWellFormed()}…`;
}

/** The last resort: a line that is too long all the same keeps what says that it was there. */
function shortened(line: string): string {
  if (line.length * 3 <= maxLineBytes || Buffer.byteLength(line) <= maxLineBytes) return line;
  const { level, time, msg } = JSON.parse(line) as { level: number; time: number; msg: string };
  return `${JSON.stringify({ level, time, bytes: Buffer.byteLength(line), msg: msg.slice(0, 500) })}\n`;
}
