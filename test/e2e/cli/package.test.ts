import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { pollUntil } from '../poll-until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const env = { PATH: process.env['PATH'] };

const majorOf = (node: string): number =>
  Number(/^v(\d+)/u.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);

/** The machine's own Node, where it is too old for the program. */
const oldNode = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'node'))
  .find((file) => existsSync(file) && majorOf(file) >= 18 && majorOf(file) < 24);

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'outrigger-package-'));
  // With everything that this machine says of its registry.
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const [{ filename }] = JSON.parse(
    npm('pack', root, '--json', '--ignore-scripts', '--pack-destination', folder),
  ) as [{ filename: string }];
  npm('install', '--no-audit', '--no-fund', '--prefix', folder, path.join(folder, filename));
  program = path.join(folder, 'node_modules/.bin/outrigger');
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec: { containers: [{ name: web, image: web }] }
`;

function run(node: string, args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(node, [program, ...args], { env, input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const nodes: (readonly [name: string, node: string])[] = [
  ['its own Node', process.execPath],
  ...(oldNode === undefined ? [] : [['an older Node', oldNode] as const]),
];

describe.each(nodes)('the installed package, started with %s', (_, node) => {
  it('answers --version and --help', () => {
    expect(run(node, ['--version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(run(node, ['--help'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('reads stdin, writes stdout, reports on stderr', () => {
    const { status, stdout, stderr } = run(node, ['inject', '-'], deployment);
    expect(status).toBe(0);
    expect(stdout).toContain('linkerd.io/inject: enabled');
    expect(stderr).toContain('deployment/web annotated');
  });

  it('ends with the code of the program', () => {
    expect(run(node, ['inject', '--no-such-flag'])).toMatchObject({ status: 2, stdout: '' });
    expect(run(node, ['inject', 'no/such/file'])).toMatchObject({ status: 1 });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on', async (signal) => {
    const namespaces = path.join(folder, 'namespaces.yaml');
    await writeFile(namespaces, 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n');
    const config = path.join(folder, 'outrigger.yaml');
    await writeFile(config, 'server: { shutdownDelay: 0s }\n');
    const offline = ['--self-signed', '--offline', '--namespaces', namespaces, '--config', config];
    const address = ['--host', '127.0.0.1', '--port', '0', '--ops-port', '0'];
    const child = spawn(node, [program, 'serve', ...offline, ...address], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const exit = once(child, 'close');
    try {
      await pollUntil(() => text.includes('listening'), { timeoutMs: 30_000, what: 'the webhook' });
      child.kill(signal);
      expect(await exit).toEqual([0, null]);
      expect(text).toContain('shutting down');
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe.skipIf(oldNode === undefined)('the installed package without the Node that npm brings', () => {
  it.each([['--version'], ['--help'], ['inject']])('says in one line what to do, to %s', async (word) => {
    await rm(path.join(folder, 'node_modules/node'), { recursive: true, force: true });
    const { status, stdout, stderr } = run(oldNode ?? '', [word]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^outrigger: Node 24 or newer is needed, and this is v\d+[^\n]*: install it, or [^\n]+\n$/u,
    );
  });
});
