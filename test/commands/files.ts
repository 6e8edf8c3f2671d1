/** Files in a folder of their own, which goes with the test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** @returns the folder */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'outrigger-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @returns the file's path */
export async function writeText(text: string | Uint8Array, name = 'file.yaml'): Promise<string> {
  const file = path.join(await makeFolder(), name);
  await writeFile(file, text);
  return file;
}
