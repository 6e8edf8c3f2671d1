/** A certificate that the program makes itself and keeps in a Secret of its own namespace. */
import { startOwnCertificate, type OwnCertificate } from '../certs/own/keeper.ts';
import { createBackoff } from '../kubernetes/backoff.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createOwnSecret } from '../kubernetes/own-secret.ts';
import { watchObject } from '../kubernetes/watch-object.ts';
import {
  collectionPath,
  createWebhookConfiguration,
  type WebhookKind,
} from '../kubernetes/webhook-configuration.ts';
import type { Installation } from '../settings/config.ts';
import type { LogLine } from './log.ts';
import { serviceNames } from './service-names.ts';

/** A configuration by kind and name. */
type Target = readonly [kind: WebhookKind, name: string];

/** Starts keeping it, with a watch on the Secret and on each webhook configuration. */
export async function openOwnCertificate(
  client: KubernetesClient,
  { config: { certificates }, certificateLives }: Installation,
  namespace: string,
  log: LogLine,
): Promise<OwnCertificate> {
  const { mutating, validating } = certificates.configurations;
  const targets: readonly Target[] = [
    ...mutating.map((name) => ['MutatingWebhookConfiguration', name] as const),
    ...validating.map((name) => ['ValidatingWebhookConfiguration', name] as const),
  ];
  return startOwnCertificate({
    world: {
      store: createOwnSecret({ client, namespace, name: certificates.secret }),
      targets: targets.map(([kind, name]) => createWebhookConfiguration(client, kind, name)),
    },
    follow(onChange, signal) {
      const watched = { client, log, signal, onChange };
      const secrets = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
      watchObject({ ...watched, path: secrets, name: certificates.secret });
      for (const [kind, name] of targets) watchObject({ ...watched, path: collectionPath(kind), name });
    },
    policy: {
      ...certificateLives,
      names: serviceNames(certificates.service, namespace),
      jitter: Math.random(),
    },
    log,
    clock: systemClock,
    backoff: createBackoff(200, 4000),
  });
}
