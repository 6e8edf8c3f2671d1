import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../e2e/process/run-command.ts';
import { runOutrigger } from './run-outrigger.ts';

/** What bash itself would offer for a line, by the script that we print. */
async function complete(script: string, ...words: string[]): Promise<string[]> {
  const line = `${script}
COMP_WORDS=(outrigger ${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_outrigger
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await runCommand('bash', ['-c', line], { timeoutMs: 10_000 });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('completion', () => {
  it('offers commands, the flags of each, and the words that a flag takes', async () => {
    const { stdout: script, code } = await runOutrigger(['completion', 'bash']);
    expect(code).toBe(0);
    expect(await complete(script, 'in')).toEqual(['inject']);
    expect(await complete(script, 'inject', '--skip-')).toEqual([
      '--skip-inbound-ports=',
      '--skip-outbound-ports=',
      '--skip-subnets=',
    ]);
    expect(await complete(script, 'inject', '--man')).toEqual(['--manual']);
    expect(await complete(script, 'uninject', '--man')).toEqual([]);
    expect(await complete(script, 'inject', '--output', '=', '')).toEqual(['yaml', 'json']);
    expect(await complete(script, 'inject', '--image-pull-policy', '=', 'If')).toEqual(['IfNotPresent']);
  });

  it('offers the shells to itself, and a file where nothing else is known', async () => {
    const { stdout: script } = await runOutrigger(['completion', 'bash']);
    expect(await complete(script, 'completion', '')).toEqual(['bash', 'zsh']);
    expect(await complete(script, 'inject', 'a')).toEqual([]);
    expect(script).toContain('complete -o default -F _outrigger outrigger');
  });

  it('is for zsh too, with what each flag is for', async () => {
    const { stdout } = await runOutrigger(['completion', 'zsh']);
    expect(stdout).toMatch(/^#compdef outrigger\n/u);
    expect(stdout).toContain("'inject:annotate pod templates in manifests, or write the proxy into them'");
    expect(stdout).toMatch(/'--output=\[yaml\\: .+\]:yaml\|json:\(yaml json\)' \\$/mu);
    expect(stdout).toMatch(/'-o\[.+\]:yaml\|json:\(yaml json\)' \\$/mu);
    expect(stdout).toContain(`'--config=[the installation'\\''s settings (YAML)]:FILE:_files'`);
    expect(stdout).toContain("'*:file:_files'");
  });

  it.each([[[]], [['fish']], [['bash', 'zsh']]])('refuses %j', async (args) => {
    expect(await runOutrigger(['completion', ...args])).toMatchObject({
      code: 2,
      stderr: 'outrigger: name one shell: outrigger completion bash, or zsh\n',
    });
  });
});

const hasZsh = spawnSync('zsh', ['-c', ':']).status === 0;

/** What the script tells zsh's own functions for a line, whose parts they would otherwise show. */
async function tellZsh(...words: string[]): Promise<string[]> {
  const { stdout: script } = await runOutrigger(['completion', 'zsh']);
  const line = `compdef() { print -r -- "compdef $*" }
_describe() { print -rl -- "describe $1" \${(P)2} }
_arguments() { print -rl -- "arguments of $words[1]" "$@" }
compadd() { print -rl -- "$@" }
${script}
words=(outrigger ${words.map((word) => `'${word}'`).join(' ')})
CURRENT=${words.length + 1}
PREFIX=$words[-1]
_outrigger`;
  const { stdout, stderr } = await runCommand('zsh', ['-f', '-c', line], { timeoutMs: 10_000 });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe.skipIf(!hasZsh)('in zsh, completion', () => {
  it('registers itself and offers commands', async () => {
    const [first, second, ...commands] = await tellZsh('in');
    expect([first, second]).toEqual(['compdef _outrigger outrigger', 'describe command']);
    expect(commands).toContain('serve:run the webhook');
    expect(await tellZsh('--')).toEqual([first, '--', '--help', '--version']);
  });

  it('offers the flags of the command', async () => {
    const told = await tellZsh('uninject', '--');
    expect(told.slice(1, 3)).toEqual(['arguments of uninject', '-S']);
    expect(told).toContain("--config=[the installation's settings (YAML)]:FILE:_files");
    expect(told).toContain('--help[explain it]');
    expect(told.some((word) => word.startsWith('--manual'))).toBe(false);
    expect(await tellZsh('completion', '')).toContain('1:shell:(bash zsh)');
  });
});
