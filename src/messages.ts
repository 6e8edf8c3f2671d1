/**
 * What Outrigger says when something is wrong: one table of problems and one of warnings, each a code with the
 * sentence that goes with it. Log, event, metric, response, report and exit code all take it from here.
 * (Why a pod is left alone is no problem; those reasons stand in `inject/reasons.ts`.)
 */
import { cutText, quote } from './settings/values/result.ts';

/** Where a setting's text stands. */
export type Place = 'pod' | 'namespace' | 'installation' | 'built-in';

interface SettingText {
  readonly place: Place;
  /** The annotation's full key, or the setting's where it is not an annotation. */
  readonly key: string;
}

const where = ({ place, key }: SettingText): string => `${placeWords[place]} ${cutText(key, maxWordLength)}`;

const placeWords: Readonly<Record<Place, string>> = {
  pod: 'pod annotation',
  namespace: 'namespace annotation',
  installation: 'setting',
  'built-in': 'built-in default',
};

const nearestOf = (nearest: string | undefined): string =>
  nearest === undefined ? '' : `; did you mean ${nearest}?`;

/** The first few of a list that may be long. */
function firstOf(words: readonly string[]): string {
  const first = words.slice(0, 10).map((word) => cutText(word, maxWordLength));
  return words.length <= 10 ? first.join(', ') : `${first.join(', ')} and ${words.length - 10} more`;
}

/** Of a name from outside: Kubernetes takes 63 characters for most, 317 for an annotation's key. */
const maxWordLength = 100;

/** Of any sentence: what is read in a terminal, an event or a log. */
const maxSentenceLength = 500;

/** Enough to mend an object by; a body from outside may be wrong in a hundred thousand places. */
export const maxProblems = 20;
export const maxWarnings = 20;

/**
 * The problems of one kind, no more than are ever shown and one: so many are not even made.
 * @param causes what is wrong, found while it is asked for
 */
export function manyProblems<T>(causes: IteratorObject<T>, problemOf: (cause: T) => Problem): Problem[] {
  return causes
    .take(maxProblems + 1)
    .map(problemOf)
    .toArray();
}

/** The answer to every problem: HTTP's word for it in the AdmissionResponse, and the command line's exit code. */
export const rejection = { status: 400, reason: 'Invalid', exitCode: 1 } as const;

/** Problems reject a pod. */
const problemTable = {
  invalid_inject: (d: { place: Place; key: string; value: string; nearest: string | undefined }) =>
    `${d.place} ${d.place === 'namespace' ? 'label' : 'annotation'} ${d.key}: ${quote(d.value)} is not one of enabled, disabled, ingress${nearestOf(d.nearest)}`,
  invalid_setting: (d: SettingText & { error: string }) => `${where(d)}: ${d.error}`,
  unknown_port_name: (d: SettingText & { name: string; known: readonly string[] }) =>
    `${where(d)}: no container has a TCP port named "${d.name}"; ${d.known.length === 0 ? 'no port of this pod has a name' : `the names are ${firstOf(d.known)}`}`,
  locked_setting: (d: SettingText) => `${where(d)}: only the installation may set this (annotations.locked)`,
  proxy_ports_equal: (d: { first: string; second: string; port: number }) =>
    `${d.first} and ${d.second} are both ${d.port}; the proxy needs a port of its own for each`,
  port_out_of_bounds: (d: { container: string; port: number; most: number }) =>
    `container ${quote(d.container)} declares port ${d.port}, which is none; allowed are 1 to ${d.most}`,
  port_clash: (d: { container: string; port: number; setting: string }) =>
    `container ${quote(d.container)} uses port ${d.port}, which is the proxy's ${d.setting}; set ${d.setting} to a free port`,
  uid_clash: (d: { container: string; uid: number }) =>
    `container ${quote(d.container)} runs as uid ${d.uid}, which is the proxy's: its traffic would bypass the proxy; set proxy-uid to another id`,
  request_over_limit: (d: { resource: string; request: string; limit: string }) =>
    `proxy-${d.resource}-request ${d.request} is more than proxy-${d.resource}-limit ${d.limit}`,
  memory_limit_too_small: (d: { limit: string; least: string }) =>
    `the proxy's memory limit ${d.limit} is too small to run in; give proxy-memory-limit at least ${d.least}, or none`,
  subnets_with_ipv6: (d: SettingText) =>
    `${where(d)}: proxy-init can skip subnets only where IPv6 is off (cluster.ipv6: false); remove it or switch IPv6 off`,
  close_wait_needs_root: (d: SettingText) =>
    `${where(d)}: needs a privileged root init container, which this installation does not allow (init.runAsRoot: true)`,
  annotations_too_large: (d: { bytes: number; own: number; most: number }) =>
    `the pod's annotations would take ${d.bytes} bytes, ${d.own} of them its own and the rest added here, mostly copies of its namespace's; Kubernetes takes ${d.most}: use fewer or shorter values`,
  patch_too_large: (d: { bytes: number; most: number }) =>
    `the patch would take ${d.bytes} bytes, and is given up above ${d.most}; the pod has names, variables or ports by the thousand`,
  argument_too_long: (d: { container: string; bytes: number; most: number }) =>
    `an argument of container "${d.container}" would be ${d.bytes} bytes long or more, Linux takes ${d.most}; use fewer ports, or fewer and larger ranges`,
  foreign_sidecar_beside_ours: (d: { foreign: string; ours: string }) =>
    `container ${quote(d.foreign)} of another mesh stands beside ${quote(d.ours)}; a pod can have one proxy, so disable injection by one of the two`,
  unreadable_manifest: (d: { key: string; error: string }) =>
    `pod annotation ${d.key}: ${d.error}; it is written by Outrigger only: remove it and our containers, or run outrigger uninject`,
  unreadable_pod: (d: { path: string; expected: string }) => `${d.path} is not ${d.expected}`,
} as const;

/** Warnings are for the author: the pod is injected all the same. */
const warningTable = {
  unknown_setting: (d: SettingText & { nearest: string | undefined }) =>
    `${where(d)} is unknown${nearestOf(d.nearest)}`,
  setting_without_effect: (d: SettingText & { why: string }) => `${where(d)} has no effect: ${d.why}`,
  few_connections: (d: { limit: string; connections: number; advised: string }) =>
    `the proxy's memory limit ${d.limit} leaves room for ${d.connections} connections; give proxy-memory-limit ${d.advised} or more`,
  no_memory_limit: (d: { largest: string; least: string }) =>
    `the pod's own containers are limited to ${d.largest} of memory at most, and the proxy does not run in less than ${d.least}: it gets no memory limit, so a ResourceQuota or LimitRange may refuse the pod; set proxy-memory-limit`,
  tcp_probe_passes: (d: { container: string; probe: string; port: number; path: string; admin: number }) =>
    `container ${quote(d.container)}: the tcpSocket ${d.probe} on port ${d.port} always passes through the proxy; the webhook rewrites it, inject --manual does not: write httpGet {path: ${d.path}, port: ${d.admin}} instead, or skip the port (skip-inbound-ports)`,
  clients_look_local: (d: { port: number; server: string }) =>
    `port ${d.port} is not in skip-inbound-ports, so it is proxied: ${d.server} sees the pod's own address as every client's, and lets all of them in where it trusts its own host; add default to the list`,
  pod_security: (d: { namespace: string; level: string }) =>
    `namespace ${d.namespace} enforces pod security "${d.level}", which refuses the init container (NET_ADMIN, NET_RAW)`,
} as const;

export type ProblemCode = keyof typeof problemTable;
export type WarningCode = keyof typeof warningTable;

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
}

export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
}

export function problem<C extends ProblemCode>(
  code: C,
  details: Parameters<(typeof problemTable)[C]>[0],
): Problem {
  const sentence = problemTable[code] as (details: unknown) => string;
  return { code, message: cutText(sentence(details), maxSentenceLength) };
}

export function warning<C extends WarningCode>(
  code: C,
  details: Parameters<(typeof warningTable)[C]>[0],
): Warning {
  const sentence = warningTable[code] as (details: unknown) => string;
  return { code, message: cutText(sentence(details), maxSentenceLength) };
}
