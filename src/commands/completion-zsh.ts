/** The script for zsh, which has words of its own for what a flag takes, and shows what each is for. */
import type { Flag, Flags } from './flags.ts';

/** A command as the script has to know it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: Flags;
}

/** For a file in `fpath`, where zsh runs it as the function of its name, and for `source`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const rows = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  return `#compdef outrigger
_outrigger() {
  local -a commands=(
${rows.join('\n')}
  )
  if (( CURRENT == 2 )); then
    [[ $PREFIX == -* ]] && compadd -- --help --version || _describe command commands
    return
  fi
  local name=$words[2]
  (( CURRENT-- ))
  shift words
  case $name in
${commands.map(caseOf).join('\n')}
  esac
}
if [[ $funcstack[1] == _outrigger ]]; then
  _outrigger "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _outrigger outrigger
fi
`;
}

function caseOf({ name, flags }: CompletedCommand): string {
  if (name === 'completion') return `    ${name}) _arguments '1:shell:(bash zsh)' ;;`;
  const specs = Object.entries(flags).flatMap(([flag, row]) => specsOf(flag, row));
  const lines = [...specs, '--help[explain it]', '*:file:_files'].map((spec) => `      ${quoted(spec)}`);
  return `    ${name}) _arguments -S \\\n${lines.join(' \\\n')} ;;`;
}

/** `--flag=[doc]:WORD:(its words)`; a file where it takes a file. */
function specsOf(flag: string, { value, short, doc }: Flag): string[] {
  const text = `[${doc.replaceAll(/[[\]\\:]/gu, '\\$&')}]`;
  if (value === undefined) return [`--${flag}${text}`];
  const words = value.includes('|') ? `(${value.replaceAll('|', ' ')})` : value === 'FILE' ? '_files' : ' ';
  const takes = `${text}:${value.replaceAll(':', '\\:')}:${words}`;
  return [`--${flag}=${takes}`, ...(short === undefined ? [] : [`-${short}${takes}`])];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
