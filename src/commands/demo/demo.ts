/** `outrigger demo`: the real webhook, with the admission reviews of the bundled example, and no cluster. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OutriggerError } from '../../errors.ts';
import type { InjectContext } from '../../inject/context.ts';
import { inject } from '../../inject/inject.ts';
import { envoy } from '../../proxy/envoy/backend.ts';
import { makeCertificate } from '../certificate.ts';
import { openOffline } from '../cluster.ts';
import type { Command, Running, Terminal } from '../command.ts';
import { createContext } from '../context.ts';
import { describeFlags, parseFlags } from '../flags.ts';
import { loadInstallation } from '../installation.ts';
import { packageRoot } from '../package.ts';
import { startWebhook, type RunningWebhook } from '../webhook.ts';
import { readYamlFile } from '../yaml-file.ts';
import { reportOn, type AdmissionResponse } from './report.ts';
import { reviewsOf, type ExamplePod } from './reviews.ts';

const flags = {
  'keep-running': { doc: 'leave the webhook running afterwards, and print a curl line to try' },
} as const;

const host = '127.0.0.1';

export const demo: Command = {
  flags,
  help: [
    'outrigger demo starts the webhook on this machine, with a certificate made on the spot, sends it the admission',
    'reviews of the bundled example and shows for each pod the decision, what changes and the resulting ports.',
    '',
    describeFlags(flags),
  ].join('\n'),
  async run(argv, terminal) {
    const keepRunning = parseFlags(flags, argv)['keep-running'] === true;
    const examples = path.join(packageRoot(), 'examples');
    const cluster = await openOffline(path.join(examples, 'namespaces.yaml'));
    const context = createContext(await loadInstallation(undefined, envoy), cluster);
    const pods = reviewsOf(await readYamlFile(path.join(examples, 'shop.yaml')));
    const { source, ca } = await makeCertificate();
    const webhook = await startWebhook(
      { ...cluster, context, certificate: source, logReview: ignore, logError: ignore, log: ignore },
      { host, port: 0, opsPort: 0 },
      0,
    );
    const endpoint = { url: `https://${host}:${webhook.port}/mutate/labelled`, ca };
    try {
      await showAll(pods, endpoint, context(), cluster, terminal);
      if (keepRunning) return await explainRunning(webhook, ca, pods, terminal);
    } catch (error) {
      await webhook.close();
      throw error;
    }
    await webhook.close();
    return undefined;
  },
};

const ignore = (): void => {};

interface Endpoint {
  readonly url: string;
  readonly ca: string;
}

async function showAll(
  pods: readonly ExamplePod[],
  endpoint: Endpoint,
  context: InjectContext,
  cluster: { readonly namespaces: { get(name: string): Parameters<typeof inject>[1] | undefined } },
  { stdout, colours }: Terminal,
): Promise<void> {
  stdout.write(`The webhook answers at ${endpoint.url}; these pods are created:\n\n`);
  for (const example of pods) {
    const response = await post(endpoint, example.review);
    const outcome = inject(example.pod, cluster.namespaces.get(example.namespace) ?? null, context);
    stdout.write(`${reportOn(example, response, outcome, colours)}\n\n`);
  }
}

/** One review over HTTPS, as the API server sends it. */
function post({ url, ca }: Endpoint, review: object): Promise<AdmissionResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', ca, headers: { 'content-type': 'application/json' }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200)
            resolve((JSON.parse(text) as { response: AdmissionResponse }).response);
          else
            reject(new OutriggerError('file', `the webhook answered ${response.statusCode}: ${text.trim()}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(review));
  });
}

async function explainRunning(
  webhook: RunningWebhook,
  ca: string,
  pods: readonly ExamplePod[],
  { stdout }: Terminal,
): Promise<Running> {
  const folder = await mkdtemp(path.join(tmpdir(), 'outrigger-demo-'));
  await writeFile(path.join(folder, 'ca.crt'), ca);
  await writeFile(path.join(folder, 'review.json'), JSON.stringify(pods[0]?.review));
  stdout.write(
    [
      'The webhook goes on; Ctrl-C ends it. Try:',
      '',
      `  curl --cacert ${folder}/ca.crt -H 'Content-Type: application/json' -d @${folder}/review.json https://${host}:${webhook.port}/mutate/labelled`,
      `  curl http://${host}:${webhook.opsPort}/metrics`,
      '',
    ].join('\n'),
  );
  return {
    closeWithinMs: webhook.closeWithinMs,
    async close() {
      await webhook.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
