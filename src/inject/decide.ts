/**
 * Whether a pod is injected.
 *
 * | origin  | namespace          | pod          | decision |
 * | ------- | ------------------ | ------------ | -------- |
 * | webhook | on                 | invalid      | reject `invalid_inject` |
 * | webhook | not on             | invalid      | skip `invalid_on_pod` |
 * | webhook | any                | disabled     | skip `disabled_on_pod` |
 * | webhook | any                | on           | inject |
 * | webhook | on                 | absent       | inject |
 * | webhook | invalid            | absent       | skip `invalid_on_namespace` |
 * | webhook | disabled           | absent       | skip `disabled_on_namespace` |
 * | webhook | absent             | absent       | skip `not_enabled` |
 * | cli     | unknown            | invalid      | reject `invalid_inject` |
 * | cli     | unknown            | disabled     | skip `disabled_on_pod` |
 * | cli     | unknown            | on or absent | inject |
 *
 * A pod that would be injected is skipped all the same where the table of `obstacles` says so.
 */
import type { Container, Namespace, Pod, PodSpec } from '../kubernetes.types.ts';
import { problem, type Problem } from '../messages.ts';
import type { Keys } from '../settings/keys.ts';
import { nearest } from '../settings/nearest.ts';
import type { InjectContext } from './context.ts';
import { volumeNames } from './names.ts';
import type { Reason } from './reasons.ts';
import { injectWords, namespaceWish, podWish, type Wish } from './wish.ts';

export type Decision =
  | { readonly kind: 'inject' }
  | { readonly kind: 'skip'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'reject'; readonly problems: readonly Problem[] };

const inject: Decision = { kind: 'inject' };
const skip = (...reasons: Reason[]): Decision => ({ kind: 'skip', reasons });

/**
 * @param pod the pod as it was before Outrigger first touched it
 * @param namespace null where it is not known (command line)
 */
export function decide(pod: Pod, namespace: Namespace | null, context: InjectContext): Decision {
  const decision = decideByWish(pod, namespace, context);
  if (decision.kind !== 'inject') return decision;
  const reasons = obstacles.filter(({ holds }) => holds(pod, namespace, context)).map(({ reason }) => reason);
  return reasons.length > 0 ? skip(...reasons) : inject;
}

function decideByWish(pod: Pod, namespace: Namespace | null, context: InjectContext): Decision {
  const { keys, config } = context.installation;
  const wish = podWish(pod, keys);
  const inherited: Wish =
    namespace === null ? { kind: 'on' } : namespaceWish(namespace, keys, config.injection.selectBy);
  switch (wish.kind) {
    case 'invalid':
      return inherited.kind === 'on' ? rejectWish(wish.value, keys) : skip('invalid_on_pod');
    case 'disabled':
      return skip('disabled_on_pod');
    case 'on':
      return inject;
    case 'absent':
      return byNamespace[inherited.kind];
  }
}

const byNamespace: Readonly<Record<Wish['kind'], Decision>> = {
  on: inject,
  invalid: skip('invalid_on_namespace'),
  disabled: skip('disabled_on_namespace'),
  absent: skip('not_enabled'),
};

function rejectWish(value: string, keys: Keys): Decision {
  const details = { place: 'pod', key: keys.inject, value, nearest: nearest(value, injectWords) } as const;
  return { kind: 'reject', problems: [problem('invalid_inject', details)] };
}

interface Obstacle {
  readonly reason: Reason;
  readonly holds: (pod: Pod, namespace: Namespace | null, context: InjectContext) => boolean;
}

const obstacles: readonly Obstacle[] = [
  { reason: 'host_network', holds: (pod) => pod.spec?.hostNetwork === true },
  { reason: 'windows_node', holds: (pod) => isForWindows(pod.spec ?? {}) },
  { reason: 'foreign_sidecar', holds: (pod) => foreignSidecars(pod).length > 0 || hasOurVolumes(pod) },
  {
    reason: 'mirror_pod',
    holds: (pod) => pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined,
  },
  {
    reason: 'own_component',
    holds: (pod, namespace, { ownNamespace }) =>
      ownNamespace !== undefined &&
      namespace?.name === ownNamespace &&
      pod.metadata?.labels?.['app.kubernetes.io/name'] === 'outrigger',
  },
];

const osLabel = 'kubernetes.io/os';

/** By `spec.os`, nodeSelector, or a node affinity that leaves nothing but Windows. */
function isForWindows(spec: PodSpec): boolean {
  if (spec.os?.name === 'windows' || spec.nodeSelector?.[osLabel] === 'windows') return true;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return (
    terms.length > 0 &&
    terms.every((term) =>
      (term.matchExpressions ?? []).some(
        ({ key, operator, values }) =>
          key === osLabel &&
          operator === 'In' &&
          (values ?? []).length > 0 &&
          (values ?? []).every((value) => value === 'windows'),
      ),
    )
  );
}

const meshContainers: ReadonlySet<string> = new Set([
  'linkerd-proxy',
  'linkerd-init',
  'istio-proxy',
  'istio-init',
  'consul-dataplane',
  'kuma-sidecar',
  'kuma-init',
  'envoy-sidecar',
  'outrigger-proxy',
  'outrigger-init',
]);

/** Names of the proxies and their init containers that are in a pod. In a pod without our manifest, ours count too. */
export function foreignSidecars(pod: Pod): string[] {
  return allContainers(pod)
    .map(({ name }) => name)
    .filter((name) => meshContainers.has(name));
}

/** Volumes with our names that our manifest does not know: adding ours would make two of a name. */
function hasOurVolumes(pod: Pod): boolean {
  const names: readonly string[] = Object.values(volumeNames);
  return (pod.spec?.volumes ?? []).some(({ name }) => names.includes(name));
}

export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}
