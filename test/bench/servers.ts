/** Servers under measurement: pinned to the first core, while load comes from the second. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface MeasuredServer {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly opsPort: number;
  /** Resident memory in MiB. */
  residentMiB(): number;
  stop(): Promise<void>;
}

/** The bundled program, offline. */
export function startOutrigger(
  certFile: string,
  keyFile: string,
  namespaces: string,
): Promise<MeasuredServer> {
  const flags = ['serve', '--offline', '--namespaces', namespaces, '--cert', certFile, '--key', keyFile];
  return start('outrigger', [
    'dist/outrigger.js',
    ...flags,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--ops-port',
    '0',
  ]);
}

/** @param answerBytes the size of the constant answer */
export function startBound(certFile: string, keyFile: string, answerBytes: number): Promise<MeasuredServer> {
  return start('bound', ['test/bench/bound-server.ts', certFile, keyFile, String(answerBytes)]);
}

/** The flags that the published program gives itself (see `package.json` and the image) are the caller's here. */
export const nodeFlags = ['--max-semi-space-size=2'];

async function start(name: string, args: readonly string[]): Promise<MeasuredServer> {
  const flags = name === 'outrigger' ? nodeFlags : [];
  const child = spawn('taskset', ['-c', '0', process.execPath, ...flags, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { port, opsPort } = await listening(child, name);
  const pid = child.pid ?? 0;
  return {
    name,
    pid,
    port,
    opsPort,
    residentMiB: () => residentMiB(pid),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function listening(child: ChildProcess, name: string): Promise<{ port: number; opsPort: number }> {
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const bound = /^listening (\d+)$/u.exec(line);
    if (bound) {
      child.stdout.resume();
      return { port: Number(bound[1]), opsPort: 0 };
    }
    if (!line.includes('"listening"')) continue;
    const { port, opsPort } = JSON.parse(line) as { port: number; opsPort: number };
    child.stdout.resume();
    return { port, opsPort };
  }
  throw new Error(`${name} ended before it listened`);
}

function residentMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}
