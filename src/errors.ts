/**
 * The one error class: something that Outrigger cannot do, said in a sentence for the person who asked. Anything
 * else that is thrown is a bug.
 */
export type ErrorCode =
  /** Flags or arguments that make no sense: exit 2. */
  | 'usage'
  /** Settings that cannot be read. */
  | 'settings'
  /** A certificate or its key. */
  | 'certificate'
  /** An address that cannot be listened on. */
  | 'listen'
  /** The cluster's API. */
  | 'cluster'
  /** Standard output. */
  | 'output'
  /** A file of the user's. */
  | 'file';

export class OutriggerError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutriggerError';
    this.code = code;
  }
}

export function exitCodeOf(code: ErrorCode): 1 | 2 {
  return code === 'usage' ? 2 : 1;
}
