import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { watchCertificateFiles } from '../../src/certs/files.ts';
import { createSelfSigned, type SelfSigned } from '../../src/certs/self-signed.ts';
import type { CertificatePair, CertificateSource } from '../../src/certs/source.ts';

let [first, second, third]: SelfSigned[] = [];
beforeAll(async () => {
  [first, second, third] = await Promise.all(
    [3_600_000, 7_200_000, 7_300_000].map((validityMs) =>
      createSelfSigned({ names: ['localhost'], validityMs }),
    ),
  );
});

interface Parts {
  readonly dir: string;
  readonly source: CertificateSource;
  readonly changes: CertificatePair[];
  readonly warnings: string[];
  readonly infos: string[];
}

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-certs-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function watchIn(dir: string): Promise<Parts> {
  const changes: CertificatePair[] = [];
  const warnings: string[] = [];
  const infos: string[] = [];
  const source = await watchCertificateFiles({
    certFile: join(dir, 'tls.crt'),
    keyFile: join(dir, 'tls.key'),
    intervalMs: 5,
    log: (level, fields, message) => {
      if (level === 'warn') warnings.push(String(fields['error']));
      else infos.push(message);
    },
  });
  onTestFinished(() => source.stop());
  source.onChange((pair) => changes.push(pair));
  return { dir, source, changes, warnings, infos };
}

async function writePair(dir: string, { cert, key }: CertificatePair): Promise<void> {
  await writeFile(join(dir, 'tls.crt'), cert);
  await writeFile(join(dir, 'tls.key'), key);
}

async function start(): Promise<Parts> {
  const dir = await makeDir();
  await writePair(dir, first!);
  return watchIn(dir);
}

const only = ({ cert, key }: CertificatePair): CertificatePair => ({ cert, key });

async function replaceByRename(dir: string, name: string, content: string): Promise<void> {
  await writeFile(join(dir, `.${name}`), content);
  await rename(join(dir, `.${name}`), join(dir, name));
}

describe('at start', () => {
  it('reads the pair and the end of its validity', async () => {
    const { source } = await start();
    expect(source.current).toEqual(only(first!));
    expect(Math.abs(source.notAfter.getTime() - (Date.now() + 3_600_000))).toBeLessThan(60_000);
  });

  it.each([
    [
      'a certificate that is missing',
      async (dir: string) => rm(join(dir, 'tls.crt')),
      /^cannot read .*\/tls\.crt: ENOENT$/u,
    ],
    [
      'a key that is a folder',
      async (dir: string) => {
        await rm(join(dir, 'tls.key'));
        await mkdir(join(dir, 'tls.key'));
      },
      /^cannot read .*\/tls\.key: EISDIR$/u,
    ],
    [
      'a certificate that is no PEM',
      async (dir: string) => writeFile(join(dir, 'tls.crt'), 'secret'),
      /^\/.*\/tls\.crt is not a PEM certificate$/u,
    ],
    [
      'a key that is no PEM',
      async (dir: string) => writeFile(join(dir, 'tls.key'), 'secret'),
      /^\/.*\/tls\.key is not an unencrypted PEM private key$/u,
    ],
    [
      'a key of another certificate',
      async (dir: string) => writeFile(join(dir, 'tls.key'), second!.key),
      /^\/.*\/tls\.key is not the private key of the certificate in \/.*\/tls\.crt$/u,
    ],
    [
      'a chain that is broken further down',
      async (dir: string) =>
        writeFile(
          join(dir, 'tls.crt'),
          `${first!.cert}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
        ),
      /^TLS cannot use \/.*\/tls\.crt with \/.*\/tls\.key$/u,
    ],
  ])('%s is an error that names the file', async (_, spoil, message) => {
    const dir = await makeDir();
    await writePair(dir, first!);
    await spoil(dir);
    await expect(watchIn(dir)).rejects.toThrow(message);
  });
});

describe('a change', () => {
  it('by writing both files again', async () => {
    const { dir, source, changes } = await start();
    await writePair(dir, second!);
    await vi.waitFor(() => expect(source.current).toEqual(only(second!)));
    expect(changes).toEqual([only(second!)]);
    expect(source.notAfter.getTime()).toBeGreaterThan(Date.now() + 7_000_000);
  });

  it('by renaming new files over the old', async () => {
    const { dir, source } = await start();
    await replaceByRename(dir, 'tls.key', second!.key);
    await replaceByRename(dir, 'tls.crt', second!.cert);
    await vi.waitFor(() => expect(source.current).toEqual(only(second!)));
  });

  it('by swapping the link ..data, as the kubelet does, and again', async () => {
    const dir = await makeDir();
    const swapTo = async (name: string, pair: CertificatePair) => {
      await mkdir(join(dir, name));
      await writePair(join(dir, name), pair);
      await symlink(name, join(dir, '..data_tmp'));
      await rename(join(dir, '..data_tmp'), join(dir, '..data'));
    };
    await swapTo('..2030_01', first!);
    for (const file of ['tls.crt', 'tls.key']) await symlink(join('..data', file), join(dir, file));
    const { source, changes } = await watchIn(dir);
    expect(source.current).toEqual(only(first!));
    for (const [name, pair, old] of [
      ['..2030_02', second!, '..2030_01'],
      ['..2030_03', third!, '..2030_02'],
    ] as const) {
      await swapTo(name, pair);
      await rm(join(dir, old), { recursive: true });
      await vi.waitFor(() => expect(source.current).toEqual(only(pair)));
    }
    expect(changes).toEqual([only(second!), only(third!)]);
  });

  it('that is half written keeps the old pair and is logged once, until it is complete', async () => {
    const { dir, source, changes, warnings } = await start();
    await replaceByRename(dir, 'tls.crt', second!.cert);
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatch(/tls\.key is not the private key of the certificate in .*tls\.crt/u);
    expect(source.current).toEqual(only(first!));
    // Another state of the files shows that polling went on meanwhile without a further line.
    await rm(join(dir, 'tls.key'));
    await vi.waitFor(() => expect(warnings.at(-1)).toContain('ENOENT'));
    expect(warnings).toHaveLength(2);
    await writeFile(join(dir, 'tls.key'), second!.key);
    await vi.waitFor(() => expect(source.current).toEqual(only(second!)));
    expect(changes).toEqual([only(second!)]);
  });

  it('to nonsense and back is no change', async () => {
    const { dir, source, changes, warnings, infos } = await start();
    await replaceByRename(dir, 'tls.key', 'nonsense');
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    await replaceByRename(dir, 'tls.key', first!.key);
    await vi.waitFor(() => expect(infos).toEqual(['certificate files are as before']));
    expect([source.current, changes]).toEqual([only(first!), []]);
  });

  it('reaches a running server through the subscription', async () => {
    const { dir, source } = await start();
    const server = createServer(source.current, (socket) => socket.end());
    source.onChange((pair) => server.setSecureContext(pair));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const handshake = (ca: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () => {
          resolve(socket.getPeerX509Certificate()!.fingerprint256);
          socket.destroy();
        });
        socket.once('error', reject);
      });
    const before = await handshake(first!.ca);
    await writePair(dir, second!);
    await vi.waitFor(async () => expect(await handshake(second!.ca)).not.toBe(before));
  });
});

describe('an end', () => {
  it('of a subscription leaves the others', async () => {
    const { dir, source, changes } = await start();
    const heard: CertificatePair[] = [];
    const unsubscribe = source.onChange((pair) => heard.push(pair));
    unsubscribe();
    await writePair(dir, second!);
    await vi.waitFor(() => expect(changes).toHaveLength(1));
    expect(heard).toEqual([]);
  });

  it('by stop means that nothing is read any more', async () => {
    const { dir, source } = await start();
    const { source: witness } = await watchIn(dir);
    source.stop();
    await writePair(dir, second!);
    await vi.waitFor(() => expect(witness.current).toEqual(only(second!)));
    expect(source.current).toEqual(only(first!));
  });
});
