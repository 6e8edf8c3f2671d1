/** What comes out of the command line, into the real API server and back. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespace, waitForPods } from '../cluster/objects.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { ensurePart } from '../parts/build.ts';
import { runCommand, type CommandResult } from '../process/run-command.ts';
import { startRig, type Rig } from '../api/rig.ts';

const entry = fileURLToPath(new URL('../../../src/bin/outrigger.ts', import.meta.url));

interface Pod {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly initContainers?: readonly { readonly name: string; readonly args?: readonly string[] }[];
    readonly containers: readonly { readonly name: string }[];
  };
}

let rig: Rig;
let cp: ControlPlane;
let kubectl: string;

beforeAll(async () => {
  rig = await startRig();
  ({ cp } = rig);
  kubectl = await ensurePart('kubectl');
  // The words of the commands as people type them.
  await mkdir(join(cp.dir, 'bin'));
  await writeFile(
    join(cp.dir, 'bin', 'outrigger'),
    `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  await writeFile(join(cp.dir, 'bin', 'kubectl'), `#!/bin/sh\nexec '${kubectl}' -n "$SHOP" "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(() => rig?.stop());

/** A line of shell in the folder of the manifest, with kubectl on one namespace. */
function shell(line: string, namespace: string): Promise<CommandResult> {
  const env = {
    PATH: `${join(cp.dir, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: join(cp.dir, 'home'),
    KUBECONFIG: cp.kubeconfig,
    SHOP: namespace,
  };
  return runCommand('bash', ['-o', 'pipefail', '-c', line], { cwd: cp.dir, env, timeoutMs: 60_000 });
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: registry.invalid/web}]
`;

function argumentsOf(pod: Pod | undefined): readonly string[] {
  return pod?.spec.initContainers?.find(({ name }) => name === 'outrigger-init')?.args ?? [];
}

function valueOf(args: readonly string[], flag: string): string[] {
  return (args[args.indexOf(flag) + 1] ?? '').split(',');
}

describe('through a pipe into kubectl apply', () => {
  it.each([
    [
      'outrigger inject deployment.yml --skip-outbound-ports=4406 | kubectl apply -f -',
      '--outbound-ports-to-ignore',
      '4406',
    ],
    [
      'outrigger inject deployment.yml --skip-outbound-ports=35 | kubectl apply -f -',
      '--outbound-ports-to-ignore',
      '35',
    ],
    [
      'outrigger inject deployment.yml --skip-inbound-ports=35 | kubectl apply -f -',
      '--inbound-ports-to-ignore',
      '35',
    ],
    [
      'outrigger inject --manual deployment.yml --skip-outbound-ports=4406 | kubectl apply -f -',
      '--outbound-ports-to-ignore',
      '4406',
    ],
  ])('%s', async (line, flag, port) => {
    const namespace = `pipe-${line.replaceAll(/[^a-z0-9]+/gu, '-').slice(10, 60)}`.replace(/-+$/u, '');
    await createNamespace(cp, namespace);
    await writeFile(join(cp.dir, 'deployment.yml'), deployment);
    const { code, stdout, stderr } = await shell(line, namespace);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'deployment.apps/web created\n' });
    expect(stderr).toMatch(/^deployment\.yml:1:1: deployment\/web (?:annotated|injected): /u);
    const [pod] = await waitForPods<Pod>(cp, namespace);
    expect(valueOf(argumentsOf(pod), flag)).toContain(port);
    expect(pod?.spec.initContainers?.map(({ name }) => name)).toEqual(['outrigger-init', 'outrigger-proxy']);
  });

  it('a pipe that fails applies nothing', async () => {
    await createNamespace(cp, 'failing');
    await writeFile(
      join(cp.dir, 'two.yml'),
      `${deployment}---\n${deployment.replace('containers:', 'hostNetwork: true\n      containers:')}`,
    );
    const { code, stderr } = await shell('outrigger inject two.yml | kubectl apply -f -', 'failing');
    expect(code).not.toBe(0);
    expect(stderr).toContain('cannot be injected');
    expect(JSON.parse((await cp.get('/apis/apps/v1/namespaces/failing/deployments')).body)).toMatchObject({
      items: [],
    });
  });

  it('a pod of the webhook, read back with kubectl and uninjected, is what was applied', async () => {
    await createNamespace(cp, 'back');
    await writeFile(
      join(cp.dir, 'pod.yml'),
      'apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec:\n  containers: [{name: web, image: registry.invalid/web}]\n',
    );
    await shell('outrigger inject pod.yml | kubectl apply -f -', 'back');
    const { stdout } = await shell('kubectl get pod one -o yaml | outrigger uninject - -o json', 'back');
    const pod = JSON.parse(stdout) as Pod;
    expect(pod.spec.initContainers).toBeUndefined();
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(['web']);
    expect(Object.keys(pod.metadata.annotations).filter((key) => key.includes('linkerd.io'))).toEqual([]);
  });

  it('explain reads a workload from the cluster', async () => {
    await createNamespace(cp, 'asked', { labels: { 'linkerd.io/inject': 'enabled' } });
    await writeFile(join(cp.dir, 'deployment.yml'), deployment);
    await shell('kubectl apply -f deployment.yml', 'asked');
    const { stdout, stderr } = await shell('outrigger explain deployment/web -n asked', 'asked');
    expect(stderr).toBe('');
    expect(stdout).toContain('deployment/web in asked\n  decision: injected\n');
  });
});
