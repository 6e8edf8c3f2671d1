import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { runCommandLine } from '../../src/commands/command-line.ts';
import { createTerminal } from './terminal.ts';

async function run(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const { terminal, close } = createTerminal();
  expect(await runCommandLine(argv, terminal)).toBeUndefined();
  return close();
}

describe('the command line', () => {
  it.each([[[]], [['--help']], [['help']], [['help', 'serve']]])('%j lists the commands', async (argv) => {
    const { stdout } = await run(...argv);
    expect(stdout).toMatch(/^Usage: outrigger COMMAND/mu);
    expect(stdout).toMatch(/^ {2}serve {2,}run the webhook$/mu);
    expect(stdout).toMatch(/^ {2}demo {2,}show what/mu);
    expect(stdout).toMatch(/^ {2}uninject {2,}take out/mu);
  });

  it('tells its version, and nothing else', async () => {
    expect(await run('--version')).toEqual({ stdout: `${manifest.version}\n`, stderr: '' });
  });

  it.each([
    ['serve', ['--help'], '--self-signed'],
    ['serve', ['--no-such-flag', '--help'], '--ops-port PORT'],
    ['demo', ['--help'], '--keep-running'],
    ['inject', ['--help'], '--skip-outbound-ports'],
    ['uninject', ['--help'], '--output yaml|json'],
  ])('explains %s %j', async (command, argv, flag) => {
    const { stdout } = await run(command, ...argv);
    expect(stdout).toContain(`outrigger ${command}`);
    expect(stdout).toContain(flag);
  });

  const files = ['--offline', '--namespaces', 'n.yaml'];
  const secure = ['--self-signed'];
  it.each<[string[], string]>([
    [['sreve'], '"sreve" is not a command; did you mean serve? (there are inject, uninject, serve, demo'],
    [['constructor'], '"constructor" is not a command (there are inject'],
    [[''], '"" is not a command'],
    [['-h'], '"-h" is not a command'],
    [['demo', '--keep-runing'], '--keep-runing is not a flag; did you mean --keep-running?'],
    [['demo', 'now'], '"now" is not expected here'],
    [['serve'], 'a certificate is needed: --cert FILE and --key FILE, or --self-signed'],
    [['serve', '--cert', 'a'], 'a certificate is needed'],
    [['serve', '--key', 'a'], 'a certificate is needed'],
    [['serve', ...secure, '--cert', 'a'], '--self-signed makes its own certificate'],
    [['serve', ...secure, '--key', 'a'], '--self-signed makes its own certificate'],
    [['serve', '--config', 'c', '--key', 'a'], 'a certificate is needed: --cert FILE and --key FILE'],
    [['serve', '--cert', 'a', '--key', 'a', '--ca-file', 'f'], '--ca-file is for --self-signed'],
    [['serve', ...secure, ...files, '--kubeconfig', 'k'], '--offline and --kubeconfig exclude each other'],
    [['serve', ...secure, '--offline'], '--offline needs --namespaces FILE'],
    [['serve', ...secure, '--namespaces', 'x'], '--namespaces is for --offline'],
    [['serve', ...secure, '--port', '65536'], '--port: "65536" is not a port; allowed are 0'],
    [['serve', ...secure, '--port=-1'], '--port: "-1" is not a port'],
    [['serve', ...secure, '--ops-port', '1e3'], '--ops-port: "1e3" is not a port'],
    [['serve', ...secure, '--port', ' 80'], '--port: " 80" is not a port'],
    [
      ['serve', '--offline', '--kubeconfig', 'k', '--port', 'x'],
      [
        'a certificate is needed: --cert FILE and --key FILE, or --self-signed, or certificates.source: own in --config FILE',
        '--offline and --kubeconfig exclude each other',
        '--offline needs --namespaces FILE',
        '--port: "x" is not a port; allowed are 0 (any free one) to 65535',
      ].join('\n'),
    ],
  ])('refuses %j as misuse, before it does anything', async (argv, message) => {
    const { terminal, close } = createTerminal();
    await expect(runCommandLine(argv, terminal)).rejects.toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) as string }),
    );
    expect(await close()).toEqual({ stdout: '', stderr: '' });
  });
});
