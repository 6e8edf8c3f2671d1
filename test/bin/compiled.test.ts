import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { makeFolder } from '../commands/files.ts';
import { runCommand, type CommandResult } from '../e2e/process/run-command.ts';

/** A copy of the bundle that nobody has started yet. */
async function freshBundle(): Promise<string> {
  const folder = await makeFolder();
  await cp(path.join(path.dirname(inject('program') ?? ''), '..'), folder, { recursive: true });
  await rm(path.join(folder, 'dist/compiled'), { recursive: true, force: true });
  return path.join(folder, 'dist');
}

function help(bundle: string): Promise<CommandResult> {
  const program = path.join(bundle, 'outrigger.js');
  return runCommand(process.execPath, [program, 'inject', '--help'], { timeoutMs: 10_000 });
}

describe('compiled code', () => {
  it('is kept beside the program, and nothing else is different', async () => {
    const bundle = await freshBundle();
    const first = await help(bundle);
    expect(await readdir(bundle)).toContain('compiled');
    expect(await help(bundle)).toEqual(first);
  });

  it('is not kept where it cannot be', async () => {
    const bundle = await freshBundle();
    await writeFile(path.join(bundle, 'compiled'), '');
    expect(await help(bundle)).toMatchObject({ code: 0, stderr: '' });
  });
});
