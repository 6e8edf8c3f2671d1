/** Flags and choices that `inject` and `uninject` share. */
import { OutriggerError } from '../errors.ts';
import type { Terminal } from './command.ts';
import { createJsonOutput, createYamlOutput, type ManifestOutput } from './manifest-output.ts';

export const manifestFlags = {
  output: {
    value: 'yaml|json',
    short: 'o',
    doc: 'yaml: every byte as it came, but for what changes (default)',
  },
  diff: { doc: 'print what would change instead' },
  config: { value: 'FILE', doc: "the installation's settings (YAML)" },
  quiet: { doc: 'no report on stderr' },
} as const;

interface OutputValues {
  readonly output?: string;
  readonly diff?: true;
}

/** @throws OutriggerError with code `usage` */
export async function chooseOutput(values: OutputValues, { colours }: Terminal): Promise<ManifestOutput> {
  const { output = 'yaml', diff } = values;
  if (output !== 'yaml' && output !== 'json')
    throw new OutriggerError('usage', `--output: "${output}" is not one of yaml, json`);
  if (diff && values.output !== undefined)
    throw new OutriggerError('usage', '--diff and --output exclude each other');
  if (diff) return (await import('./manifest-diff.ts')).createDiffOutput(colours);
  return output === 'json' ? createJsonOutput() : createYamlOutput();
}

/** Nothing to read. */
export async function* noInput(): AsyncGenerator<Uint8Array, void> {}
