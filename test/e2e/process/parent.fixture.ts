// A process that starts a daemon, says its pid on stdout, and then hangs as a broken test would.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.ts';

const dir = mkdtempSync(join(tmpdir(), 'outrigger-e2e-'));
const child = startChild({
  name: 'sleep',
  command: 'sleep',
  args: ['300'],
  logFile: join(dir, 'log'),
  home: dir,
});
rmSync(dir, { recursive: true });
process.stdout.write(`${child.pid}\n`);
setInterval(() => undefined, 60_000);
