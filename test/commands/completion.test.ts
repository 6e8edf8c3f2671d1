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

  it('is for zsh too', async () => {
    const { stdout } = await runOutrigger(['completion', 'zsh']);
    expect(stdout).toMatch(/^#compdef outrigger\n/u);
    expect(stdout).toContain('complete -o default -F _outrigger outrigger');
  });

  it.each([[[]], [['fish']], [['bash', 'zsh']]])('refuses %j', async (args) => {
    expect(await runOutrigger(['completion', ...args])).toMatchObject({
      code: 2,
      stderr: 'outrigger: name one shell: outrigger completion bash, or zsh\n',
    });
  });
});
