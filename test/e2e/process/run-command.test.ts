import { describe, expect, it } from 'vitest';
import { runCommand, runCommandOk } from './run-command.ts';

describe('running a command', () => {
  it('gives what it wrote and its exit code', async () => {
    const script = 'cat; echo oops >&2; exit 3';
    expect(await runCommand('sh', ['-c', script], { stdin: 'in' })).toEqual({
      stdout: 'in',
      stderr: 'oops\n',
      code: 3,
    });
  });

  it('throws, quoting it, where it had to work', async () => {
    await expect(runCommandOk('sh', ['-c', 'echo oops >&2; exit 3'])).rejects.toThrow(/ended with 3: oops$/);
  });

  it('ends it when time is up', async () => {
    expect(await runCommand('sleep', ['300'], { timeoutMs: 50 })).toMatchObject({ code: null });
  });

  it('keeps nothing alive when there is no such program', async () => {
    const module = new URL('run-command.ts', import.meta.url).href;
    const script = `import { runCommand } from '${module}';
await runCommand('no-such-program', [], { timeoutMs: 600_000 }).catch((error) => console.log(error.code));`;
    const args = ['--input-type=module', '-e', script];
    expect(await runCommand(process.execPath, args, { timeoutMs: 60_000 })).toMatchObject({
      stdout: 'ENOENT\n',
      code: 0,
    });
  });
});
