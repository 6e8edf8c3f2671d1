/** The program as a child process. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { pollUntil } from '../e2e/poll-until.ts';
import { entry } from './entry.ts';

export const examples = fileURLToPath(new URL('../../examples', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly pid: number;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  isRunning(): boolean;
  readonly exit: Promise<Exit>;
}

/** Ends with the test, if not before. It inherits nothing but PATH. */
export function startProgram(args: readonly string[], nodeArgs: readonly string[] = []): Program {
  const child = spawn(process.execPath, [...nodeArgs, ...entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('node cannot be started');
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const exit = once(child, 'close').then(([code, signal]: unknown[]): Exit => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...text,
  }));
  onTestFinished(async () => {
    if (isRunning()) process.kill(pid, 'SIGKILL');
    await exit;
  });
  return {
    pid,
    child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    kill: (signal) => void process.kill(pid, signal),
    isRunning,
    exit,
  };
}

export const runProgram = (...args: string[]): Promise<Exit> => startProgram(args).exit;

export interface Serving extends Program {
  readonly port: number;
  readonly opsPort: number;
  /** PEM, where the certificate was made by the program. */
  readonly ca: string;
}

/** `serve` without a cluster, on free ports, when it listens. */
export async function startServing(
  args: readonly string[] = ['--self-signed'],
  nodeArgs: readonly string[] = [],
): Promise<Serving> {
  const offline = ['--offline', '--namespaces', `${examples}/namespaces.yaml`];
  const address = ['--host', '127.0.0.1', '--port', '0', '--ops-port', '0'];
  const folder = mkdtempSync(path.join(tmpdir(), 'outrigger-serving-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const caFile = path.join(folder, 'ca.crt');
  const made = args.includes('--self-signed') ? ['--ca-file', caFile] : [];
  const program = startProgram(['serve', ...offline, ...address, ...args, ...made], nodeArgs);
  const line = await pollUntil(
    () => {
      if (!program.isRunning()) throw new Error(program.stderr());
      return logLines(program).find(({ msg }) => msg === 'listening');
    },
    { timeoutMs: 15_000, what: 'the program to listen' },
  );
  const ca = existsSync(caFile) ? readFileSync(caFile, 'utf8') : '';
  return { ...program, port: Number(line['port']), opsPort: Number(line['opsPort']), ca };
}

/** What the program has logged so far. */
export function logLines(program: Program): Record<string, unknown>[] {
  return program
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
