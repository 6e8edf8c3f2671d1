/** `outrigger completion bash|zsh`: a script made from the commands' own flags. */
import { OutriggerError } from '../errors.ts';
import type { Command } from './command.ts';
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
      const script = bashScript(Object.keys(commands), await casesOf(commands));
      terminal.stdout.write(shell === 'bash' ? script : `${zshHead}${script}`);
      return undefined;
    },
  };
}

async function casesOf(commands: Commands): Promise<string[]> {
  const cases: string[] = [];
  for (const [name, entry] of Object.entries(commands)) {
    if (name === 'completion') continue;
    const { flags = {} } = await entry.load();
    const words = Object.entries(flags).map(
      ([flag, { value }]) => `--${flag}${value === undefined ? '' : '='}`,
    );
    cases.push(`    ${name}) words='${[...words, '--help'].join(' ')}' ;;`);
    for (const [flag, { value = '' }] of Object.entries(flags))
      if (value.includes('|')) cases.push(`    ${name}=${flag}) words='${value.replaceAll('|', ' ')}' ;;`);
  }
  return cases;
}

/** `=` breaks words in bash: a flag's value is the word behind it. */
function bashScript(names: readonly string[], cases: readonly string[]): string {
  return `_outrigger() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words='' flag=''
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${names.join(' ')} --help --version' -- "$current"))
    return
  fi
  [[ $current == = ]] && current='' && flag=$previous
  [[ $previous == = ]] && flag=\${COMP_WORDS[COMP_CWORD - 2]}
  [[ -z $flag && $current != -* ]] && return
  case \${COMP_WORDS[1]}\${flag:+=\${flag#--}} in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _outrigger outrigger
`;
}

const zshHead = `#compdef outrigger
autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
`;
