/** The installation's settings, from `--config` or built in. */
import { OutriggerError } from '../errors.ts';
import { refusedImage } from '../inject/images.ts';
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
  const read = readInstallation(documents[0]?.value, backend.defaults, documents[0]?.written);
  const errors = read.ok ? imageErrors(read.value, backend) : read.errors;
  if (read.ok && errors.length === 0) return read.value;
  throw new OutriggerError('settings', errors.map((error) => `${file ?? 'built-in'}: ${error}`).join('\n'));
}

/** An image that cannot run what the backend renders would be written into every pod. */
function imageErrors({ config, defaults }: Installation, backend: Backend): string[] {
  const refused = refusedImage(defaults, backend);
  if (refused === undefined) return [];
  const places = ['proxy-image', 'proxy-version'].filter((key) => config.defaults[key] !== undefined);
  const named = places.length === 0 ? 'images.proxy' : places.map((key) => `defaults.${key}`).join(' and ');
  return [`${named}: ${refused} cannot be the proxy; allowed is ${backend.allowedImages}`];
}
