/** Makes a development certificate: `node certs/make.ts DIR [name…]`. See README.md beside it. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSelfSigned } from '../src/certs/self-signed.ts';

const [dir, ...names] = process.argv.slice(2);

if (dir === undefined || dir.startsWith('-')) {
  console.error(
    'usage: node certs/make.ts DIR [name…]   names: DNS names and IP addresses, default: this machine',
  );
  process.exitCode = 2;
} else {
  await makeCertificate(dir, names.length > 0 ? names : ['localhost', '127.0.0.1', '::1']);
}

async function makeCertificate(dir: string, names: readonly string[]): Promise<void> {
  const { ca, cert, key } = await createSelfSigned({ names });
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'ca.crt'), ca);
  await writeFile(join(dir, 'tls.crt'), cert);
  // `mode` counts only for a file that is new: an old one may be readable by others.
  await rm(join(dir, 'tls.key'), { force: true });
  await writeFile(join(dir, 'tls.key'), key, { mode: 0o600 });
  console.log(`${dir}: ca.crt, tls.crt and tls.key for ${names.join(', ')}, valid for a year`);
}
