/** The two ways in which a pod under test gets its proxy: the command line and the webhook, both as users have them. */
import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../../../src/kubernetes.types.ts';
import { podReview } from '../../../webhook/reviews.ts';
import { openWebhook, post } from '../../../webhook/webhook-server.ts';
import { runCommand } from '../../process/run-command.ts';
import type { ContainerSpec } from './kubelet.ts';

export interface PodSpec {
  readonly initContainers?: readonly ContainerSpec[];
  readonly containers: readonly ContainerSpec[];
}

export interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

export interface InjectOptions {
  /** The path of a configuration file. */
  readonly config?: string;
  /** Flags of `outrigger inject`. */
  readonly flags?: readonly string[];
}

const program = fileURLToPath(new URL('../../../../src/bin/outrigger.ts', import.meta.url));

/** `outrigger inject --manual`. Rejects with the program's own words. */
export async function injectManually(pod: unknown, options: InjectOptions = {}): Promise<Pod> {
  const { config, flags = [] } = options;
  const args = ['inject', '--manual', '-o', 'json', '-', ...flags, ...(config ? ['--config', config] : [])];
  const { code, stdout, stderr } = await runCommand(process.execPath, [program, ...args], {
    stdin: JSON.stringify(pod),
    timeoutMs: 60_000,
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Pod;
}

/** A review sent to a real webhook server, and its patch applied. Rejects with the webhook's words. */
export async function injectByWebhook(pod: unknown, namespace?: Namespace): Promise<Pod> {
  const webhook = await openWebhook(namespace ? { cached: [namespace] } : {});
  try {
    const { text } = await post(webhook, '/mutate', podReview(pod));
    const { response } = JSON.parse(text) as {
      response: { allowed: boolean; patch?: string; status?: { message: string } };
    };
    if (!response.allowed || response.patch === undefined) {
      throw new Error(response.status?.message ?? 'the webhook gave no patch');
    }
    const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[];
    return fastJsonPatch.applyPatch(structuredClone(pod), patch).newDocument as Pod;
  } finally {
    await webhook.server.close();
  }
}
