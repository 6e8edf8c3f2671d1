/** Flags, strict: an unknown one is an error that names the nearest known one. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { OutriggerError } from '../errors.ts';
import { nearest } from '../settings/nearest.ts';

export interface Flag {
  /** The word that stands for the value in the help; absent for a switch. */
  readonly value?: string;
  /** One letter, for `-o`. */
  readonly short?: string;
  /** `--flag=` says something: an empty list. */
  readonly mayBeEmpty?: boolean;
  readonly doc: string;
}

/** The part of `parseArgs`' token that is read here. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  /** `--flag=value` */
  readonly inlineValue: boolean | undefined;
}

export type Flags = Readonly<Record<string, Flag>>;

/** Switches are true or absent, others the text that was given. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends { readonly value: string } ? string : true;
};

/** What a command was called with. */
export interface Arguments<F extends Flags> {
  readonly values: FlagValues<F>;
  /** What is no flag, in its order. */
  readonly words: readonly string[];
}

/**
 * For a command that takes flags only.
 * @throws OutriggerError with code `usage` that names every flag that cannot be read
 */
export function parseFlags<F extends Flags>(flags: F, argv: readonly string[]): FlagValues<F> {
  return read(flags, argv, (word) => `"${word}" is not expected here`).values;
}

/** For a command that takes words as well. @throws as `parseFlags` does */
export function parseArguments<F extends Flags>(flags: F, argv: readonly string[]): Arguments<F> {
  return read(flags, argv, () => undefined);
}

function read<F extends Flags>(
  flags: F,
  argv: readonly string[],
  wordError: (word: string) => string | undefined,
): Arguments<F> {
  const { tokens } = parseArgs({
    args: [...argv],
    options: optionsOf(flags),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, string | true> = {};
  const words: string[] = [];
  const errors: string[] = [];
  for (const token of tokens) {
    const error =
      token.kind === 'positional'
        ? wordError(token.value)
        : token.kind === 'option'
          ? (missingValue(flags, token) ?? flagError(flags, token.name, token.rawName, token.value, values))
          : undefined;
    if (error !== undefined) errors.push(error);
    else if (token.kind === 'positional') words.push(token.value);
    else if (token.kind === 'option') values[token.name] = token.value ?? true;
  }
  if (errors.length > 0) throw new OutriggerError('usage', errors.join('\n'));
  return { values: values as FlagValues<F>, words };
}

function optionsOf(flags: Flags): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) } as const,
    ]),
  );
}

/** `--cert --key tls.key`: the parser takes what follows for the value, whatever it is. */
function missingValue(flags: Flags, { name, rawName, value, inlineValue }: OptionToken): string | undefined {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag?.value === undefined || inlineValue !== false || value?.startsWith('-') !== true) return undefined;
  return `${rawName} needs a ${flag.value}, it is followed by ${value} (${rawName}=${value} if that is meant)`;
}

function flagError(
  flags: Flags,
  name: string,
  rawName: string,
  value: string | undefined,
  earlier: Readonly<Record<string, unknown>>,
): string | undefined {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) {
    const near = nearest(name, Object.keys(flags));
    return `${rawName} is not a flag${near === undefined ? '' : `; did you mean --${near}?`}`;
  }
  if (flag.value !== undefined && (value === undefined || (value === '' && flag.mayBeEmpty !== true)))
    return `${rawName} needs a ${flag.value}`;
  if (flag.value === undefined && value !== undefined)
    return `${rawName} takes no value, it was given "${value}"`;
  return Object.hasOwn(earlier, name) ? `${rawName} is given twice` : undefined;
}

/** The flags as a table for `--help`. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { value, short, doc }]) => [
    `  ${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    doc,
  ]);
  const width = Math.max(...rows.map(([left = '']) => left.length)) + 2;
  return rows.map(([left = '', doc]) => `${left.padEnd(width)}${doc}`).join('\n');
}
