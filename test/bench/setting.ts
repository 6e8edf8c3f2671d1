/** What every measurement needs: a certificate, a namespace that is on, and the size of an answer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSelfSigned } from '../../src/certs/self-signed.ts';

export interface Setting {
  readonly certFile: string;
  readonly keyFile: string;
  readonly namespacesFile: string;
  remove(): Promise<void>;
}

const namespaces = `apiVersion: v1
kind: Namespace
metadata:
  name: bench
  labels: { linkerd.io/inject: enabled }
  annotations: { config.linkerd.io/skip-outbound-ports: '4406' }
`;

export async function prepareSetting(): Promise<Setting> {
  const folder = await mkdtemp(path.join(tmpdir(), 'outrigger-bench-'));
  const file = (name: string): string => path.join(folder, name);
  const { cert, key } = await createSelfSigned({ names: ['localhost', '127.0.0.1'] });
  await writeFile(file('tls.crt'), cert);
  await writeFile(file('tls.key'), key, { mode: 0o600 });
  await writeFile(file('namespaces.yaml'), namespaces);
  return {
    certFile: file('tls.crt'),
    keyFile: file('tls.key'),
    namespacesFile: file('namespaces.yaml'),
    remove: () => rm(folder, { recursive: true }),
  };
}
