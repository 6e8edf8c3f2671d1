import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
});

afterAll(() => cluster.stop());

function readExample(name: string): Promise<string> {
  return readFile(new URL(`../../../examples/${name}`, import.meta.url), 'utf8');
}

it('gives the API server webhooks and permissions that it takes', async () => {
  const ca = Buffer.from(cluster.ca.certificate).toString('base64');
  const manifest = (await readExample('webhook.yaml'))
    .replaceAll('ADDRESS', '127.0.0.1')
    .replaceAll(': CA }', `: ${ca} }`);
  const { stdout, stderr, code } = await cluster.kubectl(['apply', '-f', '-'], { stdin: manifest });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.match(/outrigger created/gu)).toHaveLength(3);
  await cluster.kubectlOk(['delete', '-f', '-'], { stdin: manifest });
});

it('has workloads that the API server takes as they are', async () => {
  await cluster.kubectlOk(['apply', '-f', '-'], { stdin: await readExample('namespaces.yaml') });
  const workloads = await readExample('shop.yaml');
  const { stderr, code } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], {
    stdin: workloads,
  });
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
