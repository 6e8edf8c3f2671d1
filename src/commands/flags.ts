/** Flags, strict: an unknown one is an error that names the nearest known one. */
import { parseArgs } from 'node:util';
import { OutriggerError } from '../errors.ts';
import { nearest } from '../settings/nearest.ts';

export interface Flag {
  /** The word that stands for the value in the help; absent for a switch. */
  readonly value?: string;
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

/**
 * @throws OutriggerError with code `usage` that names every flag that cannot be read
 */
export function parseFlags<F extends Flags>(flags: F, argv: readonly string[]): FlagValues<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, string | true> = {};
  const errors: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') errors.push(`"${token.value}" is not expected here`);
    if (token.kind !== 'option') continue;
    const error =
      missingValue(flags, token) ?? flagError(flags, token.name, token.rawName, token.value, values);
    if (error === undefined) values[token.name] = token.value ?? true;
    else errors.push(error);
  }
  if (errors.length > 0) throw new OutriggerError('usage', errors.join('\n'));
  return values as FlagValues<F>;
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
  if (flag.value !== undefined && (value === undefined || value === ''))
    return `${rawName} needs a ${flag.value}`;
  if (flag.value === undefined && value !== undefined)
    return `${rawName} takes no value, it was given "${value}"`;
  return Object.hasOwn(earlier, name) ? `${rawName} is given twice` : undefined;
}

/** The flags as a table for `--help`. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { value, doc }]) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}`,
    doc,
  ]);
  const width = Math.max(...rows.map(([left = '']) => left.length)) + 2;
  return rows.map(([left = '', doc]) => `${left.padEnd(width)}${doc}`).join('\n');
}
