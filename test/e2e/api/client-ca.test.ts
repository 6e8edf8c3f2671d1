/** `serve --client-ca` and a real API server, which is told of its certificate as `examples/api-server` says. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { installWebhook } from '../cluster/install-webhook.ts';
import { createDryRun } from '../cluster/objects.ts';
import { createCertificateAuthority, type CertificateAuthority, type KeyPair } from '../cluster/pki.ts';
import { pollUntil } from '../poll-until.ts';
import { createLabelledNamespace, podManifest, type Pod } from './pods.ts';
import { createProgram, type Program } from './program.ts';

const example = (name: string): URL => new URL(`../../../examples/api-server/${name}`, import.meta.url);

/** Where the example has the API server's files. */
const exampleFolder = '/etc/kubernetes/admission';

let cp: ControlPlane;
let program: Program;
let clients: CertificateAuthority;
let folder: string;

const inFolder = (name: string): string => join(folder, name);

async function writeClientPair(authority: CertificateAuthority): Promise<void> {
  const { certificate, key } = await authority.issueClient({ user: 'kube-apiserver' });
  await writeFile(inFolder('client.crt'), certificate);
  await writeFile(inFolder('client.key'), key, { mode: 0o600 });
}

/** The example's files with this test's folder and the webhook's address; `url` is the name of the user. */
async function writeExamples(url: string): Promise<void> {
  for (const name of ['admission.yaml', 'kubeconfig.yaml']) {
    const text = await readFile(example(name), 'utf8');
    const here = text
      .replaceAll(exampleFolder, folder)
      .replace(' outrigger.outrigger.svc', ` ${new URL(url).host}`);
    expect(here).not.toBe(text);
    await writeFile(inFolder(name), here);
  }
}

beforeAll(async () => {
  cp = await startControlPlane();
  folder = cp.dir;
  clients = await createCertificateAuthority('outrigger e2e clients');
  await writeFile(inFolder('client-ca.crt'), clients.certificate);
  const more = [`--client-ca=${inFolder('client-ca.crt')}`, '--client-name=other,kube-apiserver'];
  program = await createProgram(cp, { more });
  await program.start();
  await createLabelledNamespace(cp, 'shop');
  await installWebhook(cp, { url: program.url, caBundle: cp.ca.certificate, failurePolicy: 'Fail' });
});

afterAll(async () => {
  await program?.stop('SIGKILL');
  await cp?.stop();
});

const createPod = (): Promise<Pod> => createDryRun<Pod>(cp, podManifest('shop', 'dry'));

it('an API server that shows no certificate is refused in the handshake', async () => {
  await expect(createPod()).rejects.toThrow(
    /failed calling webhook .*(?:certificate required|tls|EOF|reset)/u,
  );
  expect(await program.metrics()).not.toMatch(/^outrigger_admission_requests_total\{/mu);
  await pollUntil(async () => (await program.log()).includes('a client was refused in its handshake'), {
    timeoutMs: 20_000,
    what: 'the line of the refused client',
  });
});

it('one that shows it gets its reviews answered', async () => {
  await writeClientPair(clients);
  await writeExamples(program.url);
  await cp.restartApiServer([`--admission-control-config-file=${inFolder('admission.yaml')}`]);
  const pod = await pollUntil(createPod, { timeoutMs: 30_000, what: 'a pod' });
  expect(JSON.stringify(pod.spec)).toContain('outrigger-proxy');
});

it('an authority that takes the place of the old one counts from then on', async () => {
  const next = await createCertificateAuthority('outrigger e2e next clients');
  await writeFile(inFolder('client-ca.crt'), next.certificate);
  await pollUntil(async () => (await program.log()).includes('client CA reloaded'), {
    timeoutMs: 20_000,
    what: 'the new CA',
  });
  const user = 'kube-apiserver';
  expect(await isAnswered(await next.issueClient({ user }))).toBe(true);
  expect(await isAnswered(await next.issueClient({ user: 'somebody' }))).toBe(false);
  expect(await isAnswered(await clients.issueClient({ user }))).toBe(false);
});

/** Whether a client with that certificate gets any HTTP answer. */
function isAnswered({ certificate, key }: KeyPair): Promise<boolean> {
  const { hostname: host, port } = new URL(program.url);
  return new Promise((resolve) => {
    const socket = connect(
      { host, port: Number(port), ca: cp.ca.certificate, cert: certificate, key },
      () => {
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      },
    );
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
