import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pollUntil } from '../../poll-until.ts';
import { isRunning } from '../../process/child.ts';
import { createNetwork } from './network.ts';

const fixture = fileURLToPath(new URL('./killed.fixture.ts', import.meta.url));

it('leaves no process behind when the test that made it is killed, and no folder after the next one', async () => {
  const child = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const pids = JSON.parse(line) as number[];
  expect(pids.filter(isRunning)).toEqual(pids);

  child.kill('SIGKILL');

  await pollUntil(() => !pids.some(isRunning), { timeoutMs: 10_000, what: 'the end of all hosts' });
  await (await createNetwork()).stop();
  const folders = (await readdir(tmpdir())).filter((name) =>
    name.startsWith(`outrigger-network-${child.pid}-`),
  );
  expect(folders).toEqual([]);
});
