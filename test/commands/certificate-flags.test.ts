import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram, startServing } from '../bin/program.ts';
import { makeFolder, writeText } from './files.ts';

const own = () => writeText('certificates: { source: own }\n', 'outrigger.yaml');
const kubeconfig = () =>
  writeText(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      users: [{ name: 'c', user: {} }],
      'current-context': 'c',
    }),
    'kubeconfig',
  );

describe('serve with certificates.source: own', () => {
  it.each<[string, () => Promise<readonly string[]>, string]>([
    [
      'a certificate in files',
      async () => {
        const made = path.join(await makeFolder(), 'ca.crt');
        return ['--self-signed', '--ca-file', made, '--kubeconfig', await kubeconfig()];
      },
      'outrigger: certificates.source is own: leave out --cert, --key and --self-signed, or make it files',
    ],
    [
      'no cluster',
      async () => ['--offline', '--namespaces', await writeText('', 'namespaces.yaml')],
      'outrigger: certificates.source is own, which needs a cluster; leave out --offline',
    ],
    [
      'no namespace',
      async () => ['--kubeconfig', await kubeconfig()],
      'outrigger: certificates.source is own, which needs --own-namespace NAME outside of a pod',
    ],
  ])('and %s is misuse', async (_, makeArgs, message) => {
    const exit = await runProgram('serve', '--config', await own(), ...(await makeArgs()));
    expect(exit).toMatchObject({ code: 2, stdout: '' });
    expect(exit.stderr).toContain(message);
  });

  it('or none in a configuration that says files is misuse', async () => {
    const config = await writeText('certificates: { source: files }\n', 'outrigger.yaml');
    const exit = await runProgram('serve', '--config', config, '--kubeconfig', await kubeconfig());
    expect(exit).toMatchObject({ code: 2, stdout: '' });
    expect(exit.stderr).toContain('a certificate is needed: --cert FILE and --key FILE');
  });
});

describe('--self-signed', () => {
  it('writes its CA to --ca-file, and nothing but lines of JSON to stdout', async () => {
    const serving = await startServing();
    expect(new X509Certificate(serving.ca).ca).toBe(true);
    const lines = serving.stdout().trim().split('\n');
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(lines.map(() => 'object'));
  });

  it('says which file it cannot write', async () => {
    const namespaces = await writeText('', 'namespaces.yaml');
    const file = path.join(await makeFolder(), 'no', 'such', 'folder');
    const offline = ['--offline', '--namespaces', namespaces];
    const exit = await runProgram('serve', '--self-signed', '--ca-file', file, ...offline);
    expect(exit).toMatchObject({ code: 1, stderr: `outrigger: cannot write ${file}: ENOENT\n` });
    await expect(readFile(file)).rejects.toThrow();
  });
});
