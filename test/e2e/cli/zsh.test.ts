/** What zsh makes of the script of `outrigger completion zsh`. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runOutrigger } from '../../commands/run-outrigger.ts';
import { ensureDebianParts, type DebianParts } from '../parts/debian.ts';
import { runCommand } from '../process/run-command.ts';

let debian: DebianParts;
let zsh: string;

beforeAll(async () => {
  debian = await ensureDebianParts();
  zsh = await debian.find('zsh');
});

/** What the script tells zsh's own functions for a line, whose parts they would otherwise show. */
async function tellZsh(...words: string[]): Promise<string[]> {
  const { stdout: script } = await runOutrigger(['completion', 'zsh']);
  const line = `module_path=(${debian.root}/usr/lib/*/zsh/$ZSH_VERSION)
fpath=(${debian.root}/usr/share/zsh/functions/**/*(/))
compdef() { print -r -- "compdef $*" }
_describe() { print -rl -- "describe $1" \${(P)2} }
_arguments() { print -rl -- "arguments of $words[1]" "$@" }
compadd() { print -rl -- "$@" }
${script}
words=(outrigger ${words.map((word) => `'${word}'`).join(' ')})
CURRENT=${words.length + 1}
PREFIX=$words[-1]
_outrigger`;
  const { stdout, stderr } = await runCommand(zsh, ['-f', '-c', line], {
    timeoutMs: 10_000,
    env: debian.env,
  });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe('in zsh, completion', () => {
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
