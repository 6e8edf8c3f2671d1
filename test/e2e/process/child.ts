import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { endAtExit, forget } from './leftovers.ts';

/** A daemon that we started and will end. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  isRunning(): boolean;
  /** Null while it runs, and when a signal ended it. */
  exitCode(): number | null;
  /** The last lines it wrote, for error messages. */
  readLogTail(): string;
  /** Sends the signal (default SIGTERM) and resolves when the process is gone; after 10 s with SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Appended to, so that the log of a restarted daemon holds both lives. */
  readonly logFile: string;
  /** Its HOME and working directory. */
  readonly home: string;
  /** Added to PATH and HOME, which are all it inherits: no proxy, credentials or settings of the caller. */
  readonly env?: Readonly<Record<string, string>>;
}

const graceMs = 10_000;
const logTailChars = 4000;

/**
 * Starts a daemon in its own session, so that Ctrl-C in a terminal ends it through us and in order. `setpriv`
 * has the kernel kill it when our process dies in a way that runs no handler (SIGKILL of a hung test); it
 * replaces itself with the daemon, so the pid is the daemon's own.
 */
export function startChild({ name, command, args, logFile, home, env }: ChildOptions): Child {
  const log = openSync(logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    cwd: home,
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) {
    child.once('error', () => undefined);
    throw new Error(`${name} cannot be started: no "setpriv" (util-linux) on PATH`);
  }
  const isChildRunning = () => child.exitCode === null && child.signalCode === null;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const atExit = endAtExit(() => isChildRunning() && process.kill(pid, 'SIGKILL'));
  void exited.then(() => forget(atExit));
  child.unref(); // a test that forgets to stop us must still be able to end

  return {
    name,
    pid,
    isRunning: isChildRunning,
    exitCode: () => child.exitCode,
    readLogTail: () => readFileSync(logFile, 'utf8').slice(-logTailChars),
    async stop(signal = 'SIGTERM') {
      if (!isChildRunning()) return;
      child.ref();
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Whether a process of that id exists. A zombie counts, as its parent has not yet taken note. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
