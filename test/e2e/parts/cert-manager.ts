import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommandOk } from '../process/run-command.ts';
import { certManager } from './versions.ts';

/** cert-manager's definitions of its objects (YAML), from its Go module, whose content is pinned. */
export async function readCertManagerDefinitions(): Promise<string[]> {
  const spec = `${certManager.module}@v${certManager.version}`;
  const { Dir: dir, Sum: sum } = JSON.parse(await runCommandOk('go', ['mod', 'download', '-json', spec])) as {
    readonly Dir: string;
    readonly Sum: string;
  };
  if (sum !== certManager.sum) throw new Error(`${spec} has ${sum}, and ${certManager.sum} is pinned`);
  const folder = join(dir, 'deploy', 'crds');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}
