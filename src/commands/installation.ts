/** The installation's settings, from `--config` or built in. */
import { OutriggerError } from '../errors.ts';
import type { Backend } from '../proxy/backend.ts';
import { readInstallation, type Installation } from '../settings/config.ts';
import { readYamlFile } from './yaml-file.ts';

/** @throws OutriggerError with one line for each problem */
export async function loadInstallation(file: string | undefined, backend: Backend): Promise<Installation> {
  const documents = file === undefined ? [] : await readYamlFile(file);
  if (documents.length > 1)
    throw new OutriggerError(
      'settings',
      `${file}: it holds ${documents.length} documents, a configuration is one`,
    );
  const read = readInstallation(documents[0], backend.defaults);
  if (read.ok) return read.value;
  throw new OutriggerError(
    'settings',
    read.errors.map((error) => `${file ?? 'built-in'}: ${error}`).join('\n'),
  );
}
