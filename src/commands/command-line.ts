/** From words to a command. */
import { OutriggerError } from '../errors.ts';
import { nearest } from '../settings/nearest.ts';
import type { Command, Running, Terminal } from './command.ts';
import { demo } from './demo/demo.ts';
import { version } from './package.ts';
import { serve } from './serve.ts';

const commands: readonly Command[] = [serve, demo];

/**
 * Runs the command that the first word names.
 * @throws OutriggerError with code `usage` where there is none
 */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
): Promise<Running | undefined> {
  const [word, ...rest] = argv;
  if (word === undefined || word === '--help' || word === 'help') return print(terminal, overview());
  if (word === '--version') return print(terminal, version);
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) throw new OutriggerError('usage', unknownCommand(word));
  if (rest.includes('--help')) return print(terminal, command.help);
  return command.run(rest, terminal);
}

function print(terminal: Terminal, text: string): undefined {
  terminal.stdout.write(`${text}\n`);
  return undefined;
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'outrigger adds a transparent proxy to Kubernetes pods.',
    '',
    'Usage: outrigger COMMAND [FLAG]…',
    '',
    ...rows,
    '',
    'outrigger COMMAND --help explains a command, outrigger --version prints the version.',
  ].join('\n');
}

function unknownCommand(word: string): string {
  const names = commands.map(({ name }) => name);
  const near = nearest(word, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `"${word}" is not a command${hint} (there are ${names.join(', ')})`;
}
