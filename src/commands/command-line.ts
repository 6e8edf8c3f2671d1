/** From words to a command. */
import { OutriggerError } from '../errors.ts';
import { nearest } from '../settings/nearest.ts';
import type { Command, Running, Terminal } from './command.ts';
import { version } from './package.ts';

/** Each is read only when it is asked for: the webhook need not carry what the demo prints with. */
const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  inject: {
    summary: 'annotate pod templates in manifests, or write the proxy into them',
    load: async () => (await import('./inject.ts')).inject,
  },
  uninject: {
    summary: 'take out of manifests what injection put in',
    load: async () => (await import('./uninject.ts')).uninject,
  },
  serve: { summary: 'run the webhook', load: async () => (await import('./serve.ts')).serve },
  demo: {
    summary: 'show what the webhook does, without a cluster',
    load: async () => (await import('./demo/demo.ts')).demo,
  },
  explain: {
    summary: 'tell why a pod is or is not injected, and where each rule comes from',
    load: async () => (await import('./explain.ts')).explain,
  },
  check: {
    summary: 'tell whether pods of a namespace get the sidecar, and why not',
    load: async () => (await import('./check.ts')).check,
  },
  completion: {
    summary: 'print a script that completes commands and flags in bash or zsh',
    load: async () => (await import('./completion.ts')).createCompletion(commands),
  },
};

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
  const entry = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (entry === undefined) throw new OutriggerError('usage', unknownCommand(word));
  const command = await entry.load();
  if (rest.includes('--help')) return print(terminal, command.help);
  return command.run(rest, terminal);
}

function print(terminal: Terminal, text: string): undefined {
  terminal.stdout.write(`${text}\n`);
  return undefined;
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
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
  const names = Object.keys(commands);
  const near = nearest(word, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `"${word}" is not a command${hint} (there are ${names.join(', ')})`;
}
