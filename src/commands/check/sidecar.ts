/** Asks the API server what would become of a pod, by a dry run: admission runs as ever, and nothing is stored. */
import { isObject } from '../../is-object.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { hasStatus, KubernetesError, messageOf } from '../../kubernetes/error.ts';
import { explainUntouched, type SidecarQuestion } from './untouched.ts';
import { failureOf } from './failures.ts';
import type { SidecarVerdict } from './verdict.ts';

/** Longer than any webhook may take: 30 s is the most that a configuration can allow. */
const dryRunMs = 40_000;

/** @returns a question that can be asked again and again; it throws nothing */
export function createSidecarCheck(
  client: KubernetesClient,
  question: SidecarQuestion,
): () => Promise<SidecarVerdict> {
  const { namespace } = question;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?dryRun=All`;
  return async () => {
    try {
      const { body } = await client.request('POST', path, { body: plainPod, timeoutMs: dryRunMs });
      return hasContainer(body, question.container)
        ? { kind: 'injected' }
        : await explainUntouched(client, question);
    } catch (error) {
      return verdictOn(error, namespace);
    }
  };
}

/** What Pod Security accepts everywhere; it says nothing about injection, as most pods do. */
const plainPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'outrigger-check-' },
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'check',
        image: 'registry.k8s.io/pause:3.10',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};

function hasContainer(pod: unknown, name: string): boolean {
  const spec = isObject(pod) && isObject(pod['spec']) ? pod['spec'] : {};
  return [spec['initContainers'], spec['containers']]
    .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
    .some((container) => isObject(container) && container['name'] === name);
}

function verdictOn(error: unknown, namespace: string): SidecarVerdict {
  const said = sayingOf(error);
  const failure = failureOf(said);
  if (failure) return { kind: failure.kind, sentence: `${failure.sentence} (${said})` };
  if (hasStatus(error, 404))
    return { kind: 'no_namespace', sentence: `there is no namespace ${namespace} (${said})` };
  if (hasStatus(error, 401, 403))
    return { kind: 'forbidden', sentence: `the pod was refused before any webhook was asked (${said})` };
  return { kind: 'cluster', sentence: said };
}

/** The API server's own words, without what we asked it. */
function sayingOf(error: unknown): string {
  const message = messageOf(error);
  const isStatus = error instanceof KubernetesError && error.code === 'status';
  return isStatus && message.includes(': ') ? message.slice(message.indexOf(': ') + 2) : message;
}
