import { getSystemErrorMessage } from 'node:util';
import { OutriggerError } from '../errors.ts';

/** For a standard output that takes nothing, such as a file on a full disk. */
export function cannotWrite(cause: NodeJS.ErrnoException): OutriggerError {
  const reason = cause.errno === undefined ? cause.message : getSystemErrorMessage(cause.errno);
  return new OutriggerError('output', `cannot write to stdout: ${reason}`, { cause });
}
