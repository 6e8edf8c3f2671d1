import type { Flags } from './flags.ts';

/** The world as a command sees it: passed in, so that a test can pass another. */
export interface Terminal {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: { write(text: string): unknown };
  /** stdout is a terminal that shows colours. */
  readonly colours: boolean;
  /** Absent where there is none to read. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Somebody looks at stderr: waiting is explained. */
  readonly isWatched?: boolean;
}

/** Something that goes on after a command has started it. */
export interface Running {
  /** Ends it in good order. */
  close(): Promise<void>;
  /** How long ending it may take, in milliseconds. */
  readonly closeWithinMs: number;
}

export interface Command {
  readonly help: string;
  /** For the completion of shells. */
  readonly flags?: Flags;
  /** @returns what goes on, or undefined where the command is done */
  run(argv: readonly string[], terminal: Terminal): Promise<Running | undefined>;
}
