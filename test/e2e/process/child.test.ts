import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import { isRunning, startChild } from './child.ts';

const parentFixture = fileURLToPath(new URL('parent.fixture.ts', import.meta.url));
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outrigger-e2e-'));
});
afterEach(() => rm(dir, { recursive: true }));

function startShell(script: string) {
  return startChild({
    name: 'shell',
    command: 'sh',
    args: ['-c', script],
    logFile: join(dir, 'log'),
    home: dir,
    env: { GREETING: 'ahoy' },
  });
}

describe('a child', () => {
  it('logs, inherits only PATH and HOME, and is gone once stopped', async () => {
    process.env['OUTRIGGER_E2E_OF_THE_CALLER'] = 'x';
    const child = startShell('env; exec sleep 300');
    await pollUntil(() => child.readLogTail().includes('GREETING=ahoy'), {
      timeoutMs: 10_000,
      what: 'its log',
    });
    expect(child.readLogTail()).toContain(`HOME=${dir}`);
    expect(child.readLogTail()).not.toContain('OUTRIGGER_E2E_OF_THE_CALLER');
    expect(isRunning(child.pid)).toBe(true);
    await child.stop();
    expect(child.isRunning()).toBe(false);
    expect(isRunning(child.pid)).toBe(false);
    await child.stop();
  });

  it('runs in a session of its own', async () => {
    const child = startShell('exec sleep 300');
    // Fields after the name, which may hold spaces: state, parent, process group, session.
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect(Number(fields[3])).toBe(child.pid);
    await child.stop('SIGKILL');
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'ends when its parent is ended by %s',
    async (signal) => {
      const parent = spawn(process.execPath, [parentFixture], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(parent, 'exit');
      const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(chunk.toString());
      expect(isRunning(pid)).toBe(true);
      parent.kill(signal);
      expect(await exited).toEqual([null, signal]);
      // Its new parent still has to take note of the end; in a container without an init, a zombie remains.
      await pollUntil(async () => !isRunning(pid) || (await isZombie(pid)), {
        timeoutMs: 10_000,
        what: `process ${pid} to end`,
      });
    },
  );
});

async function isZombie(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^State:\s+Z/m.test(status);
}
