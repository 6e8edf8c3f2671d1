import { chmod, chown } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommandOk } from '../../process/run-command.ts';

export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate that nobody signed, and its key, as PEM files in a folder that a server reads. */
export async function makeCertificate(
  dir: string,
  { name, uid }: { readonly name: string; readonly uid: number },
): Promise<KeyPair> {
  const [key, certificate] = [join(dir, 'server.key'), join(dir, 'server.crt')];
  const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ');
  await runCommandOk('openssl', [
    'req',
    ...kind,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  for (const file of [key, certificate]) await chown(file, uid, uid);
  await chmod(key, 0o600);
  return { key, certificate };
}
