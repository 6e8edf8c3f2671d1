/** The program with one of its outputs on a real terminal, as somebody at a keyboard sees it. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { entry } from '../bin/entry.ts';

/** Node has no pseudo-terminals of its own. */
export function requirePython(): void {
  if (spawnSync('python3', ['-c', 'import pty, tty']).status !== 0)
    throw new Error('python3 is needed: it makes the pseudo-terminals of these tests');
}

/** Runs its arguments from the second on, with the descriptor that the first names on a terminal, and relays that. */
const relay = `
import os, pty, subprocess, sys, tty
number = int(sys.argv[1])
ours, theirs = pty.openpty()
tty.setraw(theirs)
streams = {"stdout": None, "stderr": None}
streams["stdout" if number == 1 else "stderr"] = theirs
child = subprocess.Popen(sys.argv[2:], **streams)
os.close(theirs)
while True:
    try:
        data = os.read(ours, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(number, data)
sys.exit(child.wait())
`;

export interface OnTerminal {
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  /** What was written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code. */
  readonly end: Promise<number | null>;
}

/** @param env besides PATH; without TERM a terminal shows no colours */
export function startOnTerminal(
  stream: 'stdout' | 'stderr',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): OnTerminal {
  const words = ['-c', relay, stream === 'stdout' ? '1' : '2', process.execPath, ...entry, ...args];
  const child = spawn('python3', words, { env: { PATH: process.env['PATH'], ...env } });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  const end = once(child, 'close').then(([code]: unknown[]) => code as number | null);
  onTestFinished(async () => {
    child.stdin.destroy();
    await end;
  });
  return { stdin: child.stdin, stdout: () => text.stdout, stderr: () => text.stderr, end };
}
