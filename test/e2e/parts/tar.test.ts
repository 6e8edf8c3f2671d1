import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandOk } from '../process/run-command.ts';
import { writeTar, type TarEntry } from './tar.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outrigger-e2e-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('an archive of ours', () => {
  const long = `${'folder/'.repeat(20)}file`;
  const entries = (source: string): TarEntry[] => [
    { path: 'bin', content: { kind: 'folder' } },
    { path: 'bin/tool', mode: 0o755, content: { kind: 'file', source }, capability: Buffer.alloc(20, 1) },
    { path: 'bin/link', content: { kind: 'link', target: 'tool' } },
    { path: long, content: { kind: 'text', text: 'x'.repeat(513) } },
  ];

  it('is read by GNU tar, with modes, links, long names and capabilities', async () => {
    const path = join(dir, 'a.tar');
    await writeFile(join(dir, 'source'), 'content');
    writeTar(path, entries(join(dir, 'source')));
    const options = ['--list', '--verbose', '--verbose', '--utc', '--xattrs-include=*'];
    const listed = await runCommandOk('tar', [...options, '-f', path]);
    const lines = listed.trimEnd().split('\n');
    expect(lines.filter((line) => /^[-dl]/u.test(line)).map((line) => line.replace(/\s+/gu, ' '))).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin',
      // The star: it has extended attributes.
      '-rwxr-xr-x* 0/0 7 1970-01-01 00:00 bin/tool',
      'lrw-r--r-- 0/0 0 1970-01-01 00:00 bin/link -> tool',
      `-rw-r--r-- 0/0 513 1970-01-01 00:00 ${long}`,
    ]);
  });

  it('has the same digest whenever it is written', async () => {
    await writeFile(join(dir, 'source'), 'content');
    const digests = ['a', 'b'].map((name) => writeTar(join(dir, name), entries(join(dir, 'source'))));
    expect(digests[0]).toBe(digests[1]);
  });
});
