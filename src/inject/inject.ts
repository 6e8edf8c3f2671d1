/**
 * The one function that webhook and command line share: read, decide, plan, render, apply, diff. All of it is
 * pure: the same pod, namespace and context give the same outcome.
 */
import type { Container, Namespace, Pod } from '../kubernetes.types.ts';
import { problem, type Problem, type Warning } from '../messages.ts';
import type { Plan } from '../proxy/backend.ts';
import { addedAnnotationBytes, annotationProblems } from './annotation-size.ts';
import { apply, remove } from './apply.ts';
import type { InjectContext } from './context.ts';
import { allContainers, decide, foreignSidecars } from './decide.ts';
import { diff, type Patch } from './diff.ts';
import { standsAsRendered } from './locked.ts';
import { manifestOf, type Manifest } from './manifest.ts';
import { podSecurityWarnings, type Previous } from './plan.ts';
import type { Reason } from './reasons.ts';
import { prepare } from './prepare.ts';
import { tcpProbesOf } from './tcp-probes.ts';

/** A pod that is injected, as a patch and as the pod that it makes. */
export interface Injected {
  readonly kind: 'inject';
  readonly patch: Patch;
  readonly pod: Pod;
  readonly plan: Plan;
  readonly warnings: readonly Warning[];
}

export type Skipped = { readonly kind: 'skip'; readonly reasons: readonly Reason[] };
export type Rejected = { readonly kind: 'reject'; readonly problems: readonly Problem[] };

export type Outcome = Injected | { readonly kind: 'unchanged'; readonly plan: Plan } | Skipped | Rejected;

/**
 * @param pod a Pod or a pod template, as it was received
 * @param namespace its namespace, or null where that is not known (command line)
 */
export function inject(pod: Pod, namespace: Namespace | null, context: InjectContext): Outcome {
  const opened = open(pod, namespace, context);
  if (opened.kind !== 'open') return opened;
  const outcome = complete(opened, namespace, context);
  if (outcome.kind !== 'inject') return outcome;
  const tooLarge = annotationProblems(pod, addedAnnotationBytes(pod, outcome.pod));
  return tooLarge.length > 0 ? reject(...tooLarge) : outcome;
}

/** A pod that is to be injected. */
export interface Opened {
  readonly kind: 'open';
  readonly received: Pod;
  /** As it was before Outrigger first touched it. */
  readonly original: Pod;
  /** What it carries of ours. */
  readonly previous: Previous | null;
}

/** Decides whether the pod is injected at all. */
export function open(
  received: Pod,
  namespace: Namespace | null,
  context: InjectContext,
): Opened | Skipped | Rejected {
  const { keys } = context.installation;
  const manifest = manifestOf(received, keys);
  if (!manifest.ok)
    return reject(problem('unreadable_manifest', { key: keys.injected, error: manifest.error }));
  const previous = manifest.value && previousOf(received, manifest.value, context);
  if (isComplete(previous) && isAuthors(previous.manifest, context))
    return { kind: 'skip', reasons: ['already_injected'] };
  const original = previous
    ? remove(received, previous.manifest, keys, context.backend.containerNames)
    : received;

  const decision = decide(original, namespace, context);
  if (decision.kind === 'inject') return { kind: 'open', received, original, previous };
  if (decision.kind === 'reject') return decision;
  return (previous && standsBeside(previous, original)) ?? decision;
}

/** Plans, renders and applies: what the pod becomes. How large it may become is for the caller to say. */
export function complete(
  { received, original, previous }: Opened,
  namespace: Namespace | null,
  context: InjectContext,
): Outcome {
  const prepared = prepare(original, namespace, context, previous);
  if (prepared.kind === 'impossible') return reject(...prepared.problems);
  const { plan, hash, injection, warnings } = prepared;
  const pod = apply(original, injection, context.installation.keys);
  if (isComplete(previous) && previous.manifest.plan === hash && mayStay(received, pod, plan, context))
    return { kind: 'unchanged', plan };
  const patch = diff(received, pod);
  return { kind: 'inject', patch, pod, plan, warnings: [...warnings, ...podSecurityWarnings(namespace)] };
}

const reject = (...problems: Problem[]): Rejected => ({ kind: 'reject', problems });

/** Written by `inject --manual`. Where anything is locked nobody but the platform may have written a sidecar. */
function isAuthors({ by }: Manifest, { origin, installation }: InjectContext): boolean {
  return by === 'cli' && origin === 'webhook' && installation.locked.size === 0;
}

function previousOf(pod: Pod, manifest: Manifest, { backend }: InjectContext): Previous {
  const find = (name: string): Container | undefined =>
    allContainers(pod).find((container) => container.name === name);
  return { manifest, init: find(backend.containerNames.init), proxy: find(backend.containerNames.proxy) };
}

/** A manifest alone proves nothing: it may have been copied into a template from a pod that was injected. */
function isComplete(previous: Previous | null): previous is Previous {
  return previous?.init !== undefined && previous.proxy !== undefined;
}

/** Whether a pod with the right plan needs nothing: its record may be forged where anything is locked. */
function mayStay(received: Pod, rendered: Pod, plan: Plan, context: InjectContext): boolean {
  if (hasNewProbes(received, plan, context)) return false;
  const isTrusted = context.installation.locked.size === 0;
  return isTrusted || standsAsRendered(received, rendered, context.backend.containerNames);
}

/** Probes that somebody has put in since, of a port that the plan checks already. */
function hasNewProbes(pod: Pod, plan: Plan, { keepsProbes }: InjectContext): boolean {
  return !keepsProbes && tcpProbesOf(pod, plan).length > 0;
}

/** Another mesh's proxy that turned up after ours: leaving the pod alone would leave it with two. */
function standsBeside({ proxy, init }: Previous, original: Pod): Rejected | undefined {
  const ours = proxy ?? init;
  const [foreign] = foreignSidecars(original);
  if (foreign === undefined || ours === undefined) return undefined;
  return reject(problem('foreign_sidecar_beside_ours', { foreign, ours: ours.name }));
}
