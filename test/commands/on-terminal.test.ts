/** What somebody at a keyboard sees, on a real pseudo-terminal. Nothing here depends on how fast the machine is. */
import { beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../e2e/poll-until.ts';
import { writeText } from './files.ts';
import { requirePython, startOnTerminal } from './pseudo-terminal.ts';

const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n';
const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec: {}\n';
const clear = '\r\u001B[K';

beforeAll(requirePython);

describe('on a terminal', () => {
  it('a long wait is explained by a line that moves, and that goes when it is over', async () => {
    const program = startOnTerminal('stderr', ['inject', '-', '--quiet']);
    let sent = '';
    const send = (text: string): void => {
      program.stdin.write(text);
      sent += text;
    };
    await pollUntil(
      () => {
        send(`${service}---\n`);
        return (program.stderr().match(/documents read…/gu)?.length ?? 0) >= 2;
      },
      { timeoutMs: 60_000, what: 'the line to move', intervalMs: 100 },
    );
    program.stdin.end();
    expect(await program.end).toBe(0);
    expect(program.stdout()).toBe(sent);
    const lines = program.stderr().split(clear);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^(?:\r\d+ documents read…)+$/u);
    expect(lines[1]).toBe('');
  }, 90_000);

  it('a report takes the place of the line', async () => {
    const program = startOnTerminal('stderr', ['inject', '-']);
    await pollUntil(
      () => {
        program.stdin.write(`${service}---\n`);
        return program.stderr().includes('documents read…');
      },
      { timeoutMs: 60_000, what: 'the line', intervalMs: 100 },
    );
    program.stdin.end(pod);
    expect(await program.end).toBe(0);
    const [, report, ...others] = program.stderr().split(clear);
    expect(report).toMatch(/^stdin:\d+:1: pod\/web annotated\n$/u);
    expect(others).toEqual([]);
  }, 90_000);

  it.each([
    ['in colours', { TERM: 'xterm-256color' }, '\u001B[32m+metadata-line\u001B[39m'],
    ['without, where they are not wanted', { TERM: 'xterm-256color', NO_COLOR: '1' }, '+metadata-line'],
    ['without, where there are none', { TERM: 'dumb' }, '+metadata-line'],
  ])(
    'a diff is shown %s',
    async (_, env, row) => {
      const file = await writeText(pod);
      const program = startOnTerminal('stdout', ['inject', '--diff', file], env);
      program.stdin.end();
      expect(await program.end).toBe(0);
      const lines = program.stdout().split('\n');
      expect(lines).toContain(row.replace('metadata-line', '  annotations:'));
      expect(program.stdout().includes('\u001B')).toBe(row.includes('\u001B'));
    },
    90_000,
  );
});
