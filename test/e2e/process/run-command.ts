import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; null when a signal ended the process, the timeout's included. */
  readonly code: number | null;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Replaces the whole environment. Default: our own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Ends the process with SIGKILL; default: no limit. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end. Rejects only if it cannot be started (`code: 'ENOENT'`: no such program). */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    ...(options.cwd && { cwd: options.cwd }),
    ...(options.env && { env: options.env }),
    stdio: 'pipe',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A program that exits without reading its input closes the pipe: its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  // Not spawn's own timeout: its timer keeps running, and us with it, when there is no such program.
  const timer = options.timeoutMs && setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
  try {
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { stdout, stderr, code };
  } finally {
    clearTimeout(timer);
  }
}

/** As {@link runCommand}, and throws on any exit code but 0, quoting the end of what the program said. */
export async function runCommandOk(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { stdout, stderr, code } = await runCommand(command, args, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).slice(-4000);
  throw new Error(`${[command, ...args].join(' ').slice(0, 500)} ended with ${code ?? 'a signal'}: ${said}`);
}
