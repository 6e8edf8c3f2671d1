/** `outrigger completion bash|zsh`: a script made from the commands' own flags. */
import { OutriggerError } from '../errors.ts';
import type { Command } from './command.ts';
import { zshScript, type CompletedCommand } from './completion-zsh.ts';
import { parseArguments } from './flags.ts';

type Commands = Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>>;

/** @param commands all there are, this one too */
export function createCompletion(commands: Commands): Command {
  return {
    help: [
      'outrigger completion bash|zsh prints a script that completes commands, flags and the words that flags take.',
      '',
      'Examples:',
      '  source <(outrigger completion bash)',
      '  outrigger completion zsh > "${fpath[1]}/_outrigger"',
    ].join('\n'),
    async run(argv, terminal) {
      const { words } = parseArguments({}, argv);
      const [shell, ...others] = words;
      if ((shell !== 'bash' && shell !== 'zsh') || others.length > 0)
        throw new OutriggerError('usage', 'name one shell: outrigger completion bash, or zsh');
      const completed = await Promise.all(
        Object.entries(commands).map(async ([name, entry]) => ({
          name,
          summary: entry.summary,
          flags: name === 'completion' ? {} : ((await entry.load()).flags ?? {}),
        })),
      );
      terminal.stdout.write(shell === 'bash' ? bashScript(completed) : zshScript(completed));
      return undefined;
    },
  };
}

function casesOf({ name, flags }: CompletedCommand): string[] {
  if (name === 'completion') return [`    ${name}) words='bash zsh' ;;`];
  const names = Object.entries(flags).map(
    ([flag, { value }]) => `--${flag}${value === undefined ? '' : '='}`,
  );
  const choices = Object.entries(flags).flatMap(([flag, { value = '' }]) =>
    value.includes('|') ? [`    ${name}=${flag}) words='${value.replaceAll('|', ' ')}' ;;`] : [],
  );
  return [`    ${name}) words='${[...names, '--help'].join(' ')}' ;;`, ...choices];
}

/** `=` breaks words in bash: a flag's value is the word behind it. */
function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return `_outrigger() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words='' flag=''
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$current"))
    return
  fi
  [[ $current == = ]] && current='' && flag=$previous
  [[ $previous == = ]] && flag=\${COMP_WORDS[COMP_CWORD - 2]}
  [[ -z $flag && $current != -* && \${COMP_WORDS[1]} != completion ]] && return
  case \${COMP_WORDS[1]}\${flag:+=\${flag#--}} in
${commands.flatMap(casesOf).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _outrigger outrigger
`;
}
