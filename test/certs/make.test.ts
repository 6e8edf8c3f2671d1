import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../../certs/make.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-make-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe('certs/make.ts', () => {
  it('writes a pair and its CA, the key readable by its owner only, also over an old one', async () => {
    const dir = await makeDir();
    const keyFile = join(dir, 'tls.key');
    await writeFile(keyFile, 'old', { mode: 0o644 });
    const { code, stdout } = await run(dir, 'outrigger.outrigger.svc', '10.0.0.1');
    expect([code, stdout]).toEqual([0, expect.stringContaining('outrigger.outrigger.svc, 10.0.0.1')]);
    const [cert, ca] = await Promise.all(
      ['tls.crt', 'ca.crt'].map(async (name) => new X509Certificate(await readFile(join(dir, name)))),
    );
    expect(cert!.subjectAltName).toBe('DNS:outrigger.outrigger.svc, IP Address:10.0.0.1');
    expect(cert!.verify(ca!.publicKey)).toBe(true);
    expect(await readFile(keyFile, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/u);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  });

  it('is for this machine where no name is given', async () => {
    const dir = join(await makeDir(), 'new', 'folder');
    await run(dir);
    const cert = new X509Certificate(await readFile(join(dir, 'tls.crt')));
    expect(cert.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  });

  it.each([[[]], [['--help']]])('explains itself where it is called with %j', async (args) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining('usage: node certs/make.ts DIR')]);
  });
});
