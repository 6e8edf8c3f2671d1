import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { createSelfSigned } from '../../src/certs/self-signed.ts';
import { makeFolder, writeText } from '../commands/files.ts';
import { pollUntil } from '../e2e/poll-until.ts';
import { podReview, responseIn, uid } from '../webhook/reviews.ts';
import { post } from '../webhook/webhook-server.ts';
import {
  examples,
  logLines,
  runProgram,
  startProgram,
  startServing,
  type Exit,
  type Program,
  type Serving,
} from './program.ts';

const namespaces = `${examples}/namespaces.yaml`;

/** A port on which somebody else listens until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function read(serving: Serving, place: string): Promise<[status: number, text: string]> {
  const answer = await fetch(`http://127.0.0.1:${serving.opsPort}${place}`, {
    headers: { connection: 'close' },
  });
  return [answer.status, await answer.text()];
}

/** The exit, or an error that says how far the program came. */
async function exitOf(program: Program): Promise<Exit> {
  await pollUntil(() => !program.isRunning(), { timeoutMs: 15_000, what: 'the program to end' });
  return program.exit;
}

/** A configuration with that delay. */
const configWith = (shutdownDelay: string): Promise<string> =>
  writeText(`server: { shutdownDelay: ${shutdownDelay} }\n`);

/** Of the example, in its order. */
const workloads = async (): Promise<string[]> => {
  const documents = parseAllDocuments(await readFile(`${examples}/shop.yaml`, 'utf8'));
  return documents.map((document) => {
    const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } };
    return `${kind}/${metadata.name}`;
  });
};

describe('the exit code', () => {
  it.each<[number, string[], string]>([
    [0, ['--help'], 'Usage: outrigger COMMAND'],
    [0, ['--version'], manifest.version],
    [0, ['serve', '--help'], '--self-signed'],
    [0, ['demo', '--help'], '--keep-running'],
  ])('is %i for %j, which is answered on stdout', async (code, args, text) => {
    const exit = await runProgram(...args);
    expect(exit).toMatchObject({ code, stderr: '' });
    expect(exit.stdout).toContain(text);
  });

  it.each<[number, string[], string]>([
    [2, ['sreve'], 'outrigger: "sreve" is not a command; did you mean serve?'],
    [2, ['serve', '--prot', '1'], 'outrigger: --prot is not a flag; did you mean --port?'],
    [
      2,
      ['serve', '--offline', '--kubeconfig', 'x'],
      'outrigger: --offline and --kubeconfig exclude each other',
    ],
    [
      1,
      ['serve', '--self-signed', '--offline', '--namespaces', 'no/such/file'],
      'outrigger: no/such/file: no such file\n',
    ],
  ])('is %i for %j, with nothing on stdout', async (code, args, text) => {
    const exit = await runProgram(...args);
    expect(exit).toMatchObject({ code, stdout: '' });
    expect(exit.stderr).toContain(text);
    expect(exit.stderr).toMatch(/^(?:outrigger: [^\n]+\n)+$/u);
  });

  it('is 1 with all that is wrong in configuration, certificate and namespaces at once', async () => {
    const config = await writeText('server: { prot: 1, maxInFlight: 0 }\n', 'config.yaml');
    const cert = await writeText('no certificate', 'tls.crt');
    const list = await writeText('kind: Pod\n', 'namespaces.yaml');
    const certificate = ['--cert', cert, '--key', cert];
    const exit = await runProgram(
      'serve',
      '--config',
      config,
      ...certificate,
      '--offline',
      '--namespaces',
      list,
    );
    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr.trimEnd().split('\n').toSorted()).toEqual(
      [
        `outrigger: ${cert} is not a PEM certificate`,
        `outrigger: ${config}: server.maxInFlight: 0 is not a whole number of reviews, 1 or more`,
        `outrigger: ${config}: server.prot is not a setting; did you mean port?`,
        `outrigger: ${list}: document 1 is not a Namespace`,
      ].toSorted(),
    );
  });
});

describe('a port that is taken', () => {
  it.each([
    ['the webhook’s', '--port', '--ops-port'],
    ['that of the ops endpoints', '--ops-port', '--port'],
  ])('%s, ends the program with a message', async (_, taken, free) => {
    const port = await takenPort();
    const address = ['--host', '127.0.0.1', taken, String(port), free, '0'];
    const program = startProgram([
      'serve',
      '--self-signed',
      '--offline',
      '--namespaces',
      namespaces,
      ...address,
    ]);
    const exit = await exitOf(program);
    expect(exit).toMatchObject({ code: 1, stdout: expect.stringMatching(/^[^\n]*"starting"[^\n]*\n$/u) });
    expect(exit.stderr).toMatch(
      new RegExp(`^outrigger: cannot listen on 127\\.0\\.0\\.1:${port}: .*in use`, 'u'),
    );
  });

  it('ends it also while it tries to reach its cluster', async () => {
    const port = await takenPort();
    const kubeconfig = await writeText(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    const address = ['--host', '127.0.0.1', '--port', String(port), '--ops-port', '0'];
    const exit = await exitOf(
      startProgram(['serve', '--self-signed', '--kubeconfig', kubeconfig, ...address]),
    );
    expect(exit).toMatchObject({ code: 1, signal: null });
    expect(exit.stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
  });
});

describe('a standard output that takes nothing', () => {
  it.each([
    [
      'serve',
      [
        'serve',
        '--self-signed',
        '--offline',
        '--namespaces',
        `${examples}/namespaces.yaml`,
        '--port',
        '0',
        '--ops-port',
        '0',
        '--host',
        '127.0.0.1',
      ],
    ],
    ['inject', ['inject', `${examples}/namespaces.yaml`]],
    ['--version', ['--version']],
  ])('ends %s with one line', async (_, args) => {
    const program = startProgram(args, [], openSync('/dev/full', 'w'));
    const { code, stderr } = await program.exit;
    const told = stderr.split('\n').filter((line) => line.startsWith('outrigger: '));
    expect({ code, told }).toEqual({
      code: 1,
      told: ['outrigger: cannot write to stdout: no space left on device'],
    });
    expect(stderr).not.toContain('    at ');
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('does not keep serve from ending on %s', async (signal) => {
    const config = await writeText('server: { shutdownDelay: 0s }\n');
    const program = await startServing(['--self-signed', '--config', config]);
    program.child.stdout?.destroy();
    program.kill(signal);
    expect(await program.exit).toMatchObject({ code: 0, signal: null });
  });
});

it('SIGUSR1 opens no debugger', async () => {
  const config = await writeText('server: { shutdownDelay: 0s }\n');
  const program = await startServing(['--self-signed', '--config', config]);
  program.kill('SIGUSR1');
  // Its signals are taken in their order, and the debugger would tell on stderr where it listens.
  await pollUntil(async () => (await fetch(`http://127.0.0.1:${program.opsPort}/live`)).ok, {
    timeoutMs: 15_000,
    what: 'the program to answer',
  });
  program.kill('SIGTERM');
  expect(await program.exit).toMatchObject({ code: 0, stderr: '' });
});

describe('serve --offline', () => {
  it('answers reviews under a certificate whose CA it prints, tells how it is, and logs a line for each', async () => {
    const config = await writeText('server: { shutdownDelay: 0s }\n');
    const serving = await startServing(['--self-signed', '--config', config]);
    const answer = responseIn(await post(serving, '/mutate/labelled', podReview()));
    expect(answer).toMatchObject({ uid, allowed: true, patchType: 'JSONPatch' });
    expect(await read(serving, '/live')).toEqual([200, 'live\n']);
    expect(await read(serving, '/ready')).toEqual([200, 'ready\n']);
    const [status, metrics] = await read(serving, '/metrics');
    expect(status).toBe(200);
    expect(metrics).toContain(
      'outrigger_admission_requests_total{path="/mutate/labelled",outcome="injected",dry_run="false"} 1',
    );
    expect(metrics).toContain('outrigger_namespace_cache_size 1\n');
    const line = await pollUntil(() => logLines(serving).find(({ msg }) => msg === 'review'), {
      timeoutMs: 10_000,
      what: 'the line of the review',
    });
    expect(line).toMatchObject({ uid, namespace: 'shop', outcome: 'injected', why: [], level: 30 });
    serving.kill('SIGTERM');
    expect(await exitOf(serving)).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('serves the certificate that lies in its files now', async () => {
    const folder = await makeFolder();
    const [certFile, keyFile] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
    const [first, second] = await Promise.all([
      createSelfSigned({ names: ['127.0.0.1'] }),
      createSelfSigned({ names: ['127.0.0.1'] }),
    ]);
    await Promise.all([writeFile(certFile, first.cert), writeFile(keyFile, first.key)]);
    const { port } = await startServing(['--cert', certFile, '--key', keyFile]);
    expect((await post({ port, ca: first.ca }, '/mutate', podReview())).status).toBe(200);
    await Promise.all([writeFile(certFile, second.cert), writeFile(keyFile, second.key)]);
    const answer = await pollUntil(() => post({ port, ca: second.ca }, '/mutate', podReview()), {
      timeoutMs: 15_000,
      what: 'the second certificate',
    });
    expect(answer.status).toBe(200);
    await expect(post({ port, ca: first.ca }, '/mutate', podReview())).rejects.toThrow(
      /certificate|signature/u,
    );
  });
});

describe('a signal', () => {
  it('makes the program unready at once, while reviews are still answered and connections closed', async () => {
    const serving = await startServing(['--self-signed', '--config', await configWith('3s')]);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const before = await post(serving, '/mutate', podReview(), { agent });
    expect(before.headers.connection).toBe('keep-alive');
    serving.kill('SIGTERM');
    await pollUntil(async () => (await read(serving, '/ready'))[0] === 503, {
      timeoutMs: 10_000,
      what: 'the program to be unready',
      intervalMs: 5,
    });
    expect(await read(serving, '/ready')).toEqual([503, 'shutting down\n']);
    expect(await read(serving, '/live')).toEqual([200, 'live\n']);
    const during = await post(serving, '/mutate', podReview(), { agent });
    expect(responseIn(during).patchType).toBe('JSONPatch');
    expect(during.headers.connection).toBe('close');
    const exit = await exitOf(serving);
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(logLines(serving).map(({ msg }) => msg)).toEqual([
      'starting',
      'listening',
      'review',
      'shutting down',
      'review',
    ]);
  });

  it('the second one ends it at once, however long the delay', async () => {
    const serving = await startServing(['--self-signed', '--config', await configWith('5m')]);
    serving.kill('SIGTERM');
    await pollUntil(async () => (await read(serving, '/ready'))[0] === 503, {
      timeoutMs: 10_000,
      what: 'the first signal to be noticed',
    });
    expect(serving.isRunning()).toBe(true);
    serving.kill('SIGTERM');
    expect(await exitOf(serving)).toMatchObject({ code: 1, signal: null });
  });

  it('from a keyboard does the same, and waits for no connection on which nothing was sent', async () => {
    const serving = await startServing(['--self-signed', '--config', await configWith('0s')]);
    const idle = connect(serving.port, '127.0.0.1');
    idle.on('error', () => undefined);
    onTestFinished(() => void idle.destroy());
    await once(idle, 'connect');
    await post(serving, '/mutate', podReview());
    serving.kill('SIGINT');
    expect(await exitOf(serving)).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe('demo', () => {
  it('shows every workload of the example with its decision, and ends', async () => {
    const exit = await exitOf(startProgram(['demo']));
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    const decisions = exit.stdout.match(/^\S+\/\S+ in \S+: .+$/gmu) ?? [];
    const expected = await workloads();
    expect(expected.length).toBeGreaterThan(5);
    expect(decisions.map((line) => line.split(' ')[0])).toEqual(expected);
    for (const line of decisions) expect(line).toMatch(/: (?:injected|left alone|refused)$/u);
    expect(decisions).toContain('Deployment/web in shop: injected');
    expect(decisions).toContain('DaemonSet/node-agent in shop: left alone');
    expect(exit.stdout).not.toContain('\u001B[');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const program = startProgram(['demo']);
    program.child.stdout?.once('data', () => program.child.stdout?.destroy());
    expect(await exitOf(program)).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('goes on if it is told to, with lines to try that work, until Ctrl-C, and leaves nothing behind', async () => {
    const program = startProgram(['demo', '--keep-running']);
    const lines = await pollUntil(
      () => {
        const found = program.stdout().match(/^ {2}curl .+$/gmu) ?? [];
        return found.length === 2 && program.stdout().endsWith('\n') && found;
      },
      { timeoutMs: 15_000, what: 'the lines to try' },
    );
    const [review, metrics] = await Promise.all(
      lines.map((line) => promisify(execFile)('sh', ['-c', `${line.trim()} --silent --show-error --fail`])),
    );
    expect(JSON.parse(review?.stdout ?? '')).toMatchObject({
      kind: 'AdmissionReview',
      response: { allowed: true, patchType: 'JSONPatch' },
    });
    expect(metrics?.stdout).toContain('outrigger_admission_requests_total{path="/mutate/labelled"');
    const [, folder = ''] = /--cacert (\S+)\/ca\.crt/u.exec(lines[0] ?? '') ?? [];
    expect(existsSync(folder)).toBe(true);
    expect(program.isRunning()).toBe(true);
    program.kill('SIGINT');
    expect(await exitOf(program)).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(existsSync(folder)).toBe(false);
  });
});
