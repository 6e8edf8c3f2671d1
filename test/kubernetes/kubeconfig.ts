import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connect, type KubernetesClient } from '../../src/kubernetes/client.ts';

/** A folder of the running test, removed with it. */
export async function makeTestDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a kubeconfig and returns its path. */
export async function writeKubeconfig(cluster: object, user: object = {}): Promise<string> {
  const path = join(await makeTestDir(), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** A client of the running test. */
export async function connectTo(cluster: object, user?: object): Promise<KubernetesClient> {
  const client = await connect({ kubeconfig: await writeKubeconfig(cluster, user) });
  onTestFinished(() => client.close());
  return client;
}
