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
    expect(await complete(script, 'serve', '--o')).toEqual(['--ops-port=', '--own-namespace=', '--offline']);
    expect(await complete(script, 'demo', '--')).toEqual(['--keep-running', '--help']);
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
