/** The program as a child process that reads standard input and ends by itself. */
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../e2e/process/run-command.ts';

const entry = fileURLToPath(new URL('../../src/bin/outrigger.ts', import.meta.url));

interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** It inherits nothing but PATH. */
export function runOutrigger(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  return runCommand(process.execPath, [entry, ...args], {
    timeoutMs: 60_000,
    stdin: options.stdin ?? '',
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { PATH: process.env['PATH'], ...options.env },
  });
}
