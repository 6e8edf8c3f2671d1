/** The program as a child process that reads standard input and ends by itself. */
import { entry } from '../bin/entry.ts';
import { runCommand, type CommandResult } from '../e2e/process/run-command.ts';

interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** It inherits nothing but PATH. */
export function runOutrigger(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return runCommand(process.execPath, [...entry, ...args], {
    timeoutMs: 60_000,
    stdin: options.stdin ?? '',
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { PATH: process.env['PATH'], ...options.env },
  });
}
