/** Servers under measurement: pinned to the first core, while load comes from the second. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Setting } from './setting.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface MeasuredServer {
  readonly name: string;
  readonly port: number;
  readonly opsPort: number;
  /** From its start to the line that says that it listens. */
  readonly startMs: number;
  /** Resident memory in MiB. */
  residentMiB(): number;
  /** CPU time used so far, in seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** As it is published: started by its first line, which names Node's flags. */
const program = path.join(root, 'dist/outrigger.js');

const anyPort = ['--host', '127.0.0.1', '--port', '0', '--ops-port', '0'];

/** The bundled program with namespaces from a file. */
export function startOffline({ certFile, keyFile, namespacesFile }: Setting): Promise<MeasuredServer> {
  const pair = ['--cert', certFile, '--key', keyFile];
  return start('outrigger', [
    program,
    'serve',
    '--offline',
    '--namespaces',
    namespacesFile,
    ...pair,
    ...anyPort,
  ]);
}

/** The bundled program with a cluster. */
export function startInCluster({ certFile, keyFile }: Setting, kubeconfig: string): Promise<MeasuredServer> {
  const pair = ['--cert', certFile, '--key', keyFile];
  return start('outrigger', [program, 'serve', '--kubeconfig', kubeconfig, ...pair, ...anyPort]);
}

/** @param answerBytes the size of the constant answer */
export function startBound({ certFile, keyFile }: Setting, answerBytes: number): Promise<MeasuredServer> {
  return start('bound', [
    process.execPath,
    'test/bench/bound-server.ts',
    certFile,
    keyFile,
    String(answerBytes),
  ]);
}

async function start(name: string, args: readonly string[]): Promise<MeasuredServer> {
  const startedAt = performance.now();
  const child = spawn('taskset', ['-c', '0', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { port, opsPort } = await listening(child, name);
  const pid = child.pid ?? 0;
  return {
    name,
    port,
    opsPort,
    startMs: performance.now() - startedAt,
    residentMiB: () => residentMiB(pid),
    cpuSeconds: () => cpuSeconds(pid),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Waits for the line that names the ports; afterwards output is read and thrown away. */
async function listening(child: ChildProcess, name: string): Promise<{ port: number; opsPort: number }> {
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${name} ended before it listened`)));
    lines.on('line', (line) => {
      const bound = /^listening (\d+)$/u.exec(line);
      if (bound) resolve({ port: Number(bound[1]), opsPort: 0 });
      else if (line.includes('"listening"')) resolve(JSON.parse(line) as { port: number; opsPort: number });
      else return;
      lines.close();
      child.stdout?.resume();
    });
  });
}

function residentMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}

/** Linux counts in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
