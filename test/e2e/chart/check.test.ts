/** `outrigger check --webhook` against a real API server, with each link of the chain broken once. */
import { execPath } from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { createNamespace } from '../cluster/objects.ts';
import { createCertificateAuthority } from '../cluster/pki.ts';
import { pollUntil } from '../poll-until.ts';
import { runCommand, type CommandResult } from '../process/run-command.ts';
import { openHelm, type Helm } from './helm.ts';
import { install, program, serveRelease, type Served } from './installed.ts';

let cp: ControlPlane;
let helm: Helm;
let served: Served;

beforeAll(async () => {
  cp = await startControlPlane();
  helm = await openHelm('helm 4', cp.kubeconfig);
  const on = { 'linkerd.io/inject': 'enabled' };
  await createNamespace(cp, 'plain');
  await createNamespace(cp, 'shop', { labels: on });
  await createNamespace(cp, 'wrong', {
    labels: on,
    annotations: { 'config.linkerd.io/skip-outbound-ports': '4406x' },
  });
  const strict = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await createNamespace(cp, 'strict', { labels: { ...on, ...strict } });
  await install(helm, cp, { values: { webhook: { timeoutSeconds: 2 } } });
  served = await serveRelease(cp);
  await pollUntil(async () => (await check('shop')).code === 0, {
    timeoutMs: 60_000,
    what: 'the webhook to be called',
    intervalMs: 500,
  });
});

afterAll(async () => {
  await served?.stop('SIGKILL');
  await helm?.close();
  await cp?.stop();
});

function check(namespace: string, ...args: string[]): Promise<CommandResult> {
  const base = ['check', '--webhook', `--namespace=${namespace}`, `--kubeconfig=${cp.kubeconfig}`];
  return runCommand(execPath, [program, ...base, ...args], { timeoutMs: 90_000 });
}

it('says yes, and stores nothing', async () => {
  const { stdout } = await check('shop');
  expect(stdout).toBe('a pod in namespace shop comes back with the sidecar\n');
  expect(await cp.kubectlOk(['get', 'pods', '--namespace=shop', '-o', 'name'])).toBe('');
});

it.each([
  ['plain', /the label linkerd\.io\/inject: enabled on the namespace, which has no such label/],
  ['nowhere', /there is no namespace nowhere/],
  ['wrong', /the webhook works, and refuses the pod.*"4406x"/],
  ['strict', /Pod Security refuses the pod, as the init container needs NET_ADMIN and NET_RAW/],
])('of namespace %s tells what stands in the way', async (namespace, sentence) => {
  const { code, stdout, stderr } = await check(namespace);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(sentence);
});

it('of a namespace that the chart leaves out says so', async () => {
  await cp.kubectlOk(['label', 'namespace', 'outrigger', 'linkerd.io/inject=enabled']);
  expect((await check('outrigger')).stderr).toMatch(/namespace outrigger is one that .* leaves out/);
});

it('tells a webhook that hangs', async () => {
  process.kill(served.child.pid, 'SIGSTOP');
  try {
    expect((await check('shop')).stderr).toMatch(/did not answer in time.*deadline exceeded/);
  } finally {
    process.kill(served.child.pid, 'SIGCONT');
  }
  expect(await check('shop', '--wait=30s')).toMatchObject({ code: 0 });
});

it('tells that nobody is there, also where the failure is passed over', async () => {
  await served.stop('SIGKILL');
  expect((await check('shop')).stderr).toMatch(/no pod of the webhook is ready.*connection refused/);
  await install(helm, cp, { values: { webhook: { failurePolicy: 'Ignore' } } });
  const { stderr } = await pollUntil(
    async () => {
      const answer = await check('shop');
      return !answer.stderr.includes('refused') && answer;
    },
    { timeoutMs: 30_000, what: 'the other policy to be in effect' },
  );
  expect(stderr).toMatch(/although the namespace is labelled: .* has failurePolicy: Ignore/);
  await install(helm, cp);
});

it('tells a certificate that the API server does not trust', async () => {
  const stranger = await createCertificateAuthority('somebody else');
  served = await serveRelease(cp, { pair: await stranger.issueServer(['outrigger.outrigger.svc']) });
  const { stderr } = await pollUntil(
    async () => {
      const answer = await check('shop');
      return answer.stderr.includes('certificate') && answer;
    },
    { timeoutMs: 30_000, what: 'the webhook to be called' },
  );
  expect(stderr).toMatch(/do not trust each other's certificates.*unknown authority/);
});
