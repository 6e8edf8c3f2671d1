import { randomUUID } from 'node:crypto';
import { pollUntil } from '../poll-until.ts';
import type { ControlPlane } from './control-plane.ts';
import { applyManifests } from './objects.ts';
import {
  probeLabel,
  renderProbeMark,
  renderWebhookConfigurations,
  type WebhookKind,
  type WebhookOptions,
} from './webhook-configurations.ts';

const inEffectLimitMs = 20_000;

export interface InstalledWebhook {
  /** Deletes both configurations and resolves when the API server no longer calls them. */
  remove(): Promise<void>;
}

/**
 * Registers the program under test with the API server, and resolves when the new configuration is in effect
 * (some 300 ms after it was written). Calling it again with other options replaces the old configuration.
 */
export async function installWebhook(cp: ControlPlane, options: WebhookOptions): Promise<InstalledWebhook> {
  const revision = randomUUID().slice(0, 8);
  const manifests = renderWebhookConfigurations(options, revision);
  await applyManifests(cp, manifests);
  await awaitInEffect(cp, revision, true);
  return {
    async remove() {
      for (const { kind, metadata } of manifests) {
        await cp.kubectlOk(['delete', '--ignore-not-found', kind, metadata.name ?? '']);
      }
      await awaitInEffect(cp, revision, false);
    },
  };
}

/** Polls, with server-side dry runs, until both configurations of that revision are, or are not, in effect. */
async function awaitInEffect(cp: ControlPlane, revision: string, wanted: boolean): Promise<void> {
  for (const kind of ['mutating', 'validating'] as const) {
    await pollUntil(async () => (await isInEffect(cp, kind, revision)) === wanted, {
      timeoutMs: inEffectLimitMs,
      what: `the ${kind} webhook configuration to be ${wanted ? 'in effect' : 'gone'}`,
    });
  }
}

async function isInEffect(cp: ControlPlane, kind: WebhookKind, revision: string): Promise<boolean> {
  const probe = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `probe-${kind}`,
      namespace: 'default',
      labels: { [probeLabel]: `${kind}-${revision}` },
    },
  };
  const { code, stderr } = await cp.kubectl(['create', '--dry-run=server', '-f', '-'], {
    stdin: JSON.stringify(probe),
  });
  if (code === 0) return false;
  if (stderr.includes(renderProbeMark(kind, revision))) return true;
  throw new Error(stderr);
}
