/** Why a pod is left alone: stable codes with one sentence each. Log, event, metric and report take it from here. */
export const reasonSentences = {
  disabled_on_pod: 'the pod says disabled',
  disabled_on_namespace: 'the namespace says disabled, and the pod says nothing',
  not_enabled: 'neither namespace nor pod asks for injection',
  invalid_on_pod:
    'the pod asks for something that is not enabled, disabled or ingress, and its namespace asks for nothing',
  invalid_on_namespace:
    'the namespace asks for something that is not enabled, disabled or ingress, and the pod says nothing',
  host_network: "the pod uses the host's network, where an init container would rewrite the node's rules",
  windows_node: 'the pod runs on Windows, which has no iptables',
  foreign_sidecar: 'the pod already has a proxy, or parts of one, that Outrigger did not add',
  mirror_pod: 'the pod is a mirror of a static pod, which the API server cannot change',
  own_component: 'the pod is part of Outrigger itself',
  already_injected: 'the command line has written the containers into the pod (inject --manual)',
  not_a_creation: 'only the creation of a pod is ever changed',
} as const;

export type Reason = keyof typeof reasonSentences;

export const reasonCodes = Object.keys(reasonSentences) as readonly Reason[];

/** Reasons that somebody has to be told of, because pod or namespace asked for what did not happen. */
export function isSurprising(reason: Reason): boolean {
  return !quietReasons.has(reason);
}

const quietReasons: ReadonlySet<Reason> = new Set([
  'disabled_on_pod',
  'disabled_on_namespace',
  'not_enabled',
  'own_component',
  'already_injected',
  'not_a_creation',
]);
