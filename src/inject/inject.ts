/**
 * The one function that webhook and command line share: read, decide, plan, render, apply, diff. All of it is
 * pure: the same pod, namespace and context give the same outcome.
 */
import type { Container, Namespace, Pod } from '../kubernetes.types.ts';
import { problem, type Problem, type Warning } from '../messages.ts';
import type { Plan } from '../proxy/backend.ts';
import { apply, remove } from './apply.ts';
import type { InjectContext } from './context.ts';
import { allContainers, decide, foreignSidecars } from './decide.ts';
import { diff, type Patch } from './diff.ts';
import { standsAsRendered } from './locked.ts';
import { manifestOf, type Manifest } from './manifest.ts';
import { podSecurityWarnings, type Previous } from './plan.ts';
import type { Reason } from './reasons.ts';
import { settle } from './settle.ts';
import { tcpProbesOf } from './tcp-probes.ts';

/** A pod that is injected, as a patch and as the pod that it makes. */
export class Injected {
  readonly kind = 'inject';
  readonly patch: Patch;
  readonly plan: Plan;
  readonly warnings: readonly Warning[];
  readonly #changed: () => Pod;

  constructor(changed: () => Pod, patch: Patch, plan: Plan, warnings: readonly Warning[]) {
    this.#changed = changed;
    this.patch = patch;
    this.plan = plan;
    this.warnings = warnings;
  }

  /** Made when it is asked for: a response takes the patch alone. */
  get pod(): Pod {
    return this.#changed();
  }
}

export type Outcome =
  | Injected
  | { readonly kind: 'unchanged'; readonly plan: Plan }
  | { readonly kind: 'skip'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'reject'; readonly problems: readonly Problem[] };

/**
 * @param pod a Pod or a pod template, as it was received
 * @param namespace its namespace, or null where that is not known (command line)
 */
export function inject(pod: Pod, namespace: Namespace | null, context: InjectContext): Outcome {
  const { keys } = context.installation;
  const manifest = manifestOf(pod, keys);
  if (!manifest.ok)
    return reject(problem('unreadable_manifest', { key: keys.injected, error: manifest.error }));
  const previous = manifest.value && previousOf(pod, manifest.value, context);
  if (isComplete(previous) && isAuthors(previous.manifest, context))
    return { kind: 'skip', reasons: ['already_injected'] };
  const original = previous ? remove(pod, previous.manifest, keys, context.backend.containerNames) : pod;

  const decision = decide(original, namespace, context);
  if (decision.kind === 'reject') return decision;
  if (decision.kind === 'skip') return (previous && standsBeside(previous, original)) ?? decision;

  const settled = settle(original, namespace, context, previous);
  if (settled.kind === 'impossible') return { kind: 'reject', problems: settled.problems };
  const { plan, hash, injection } = settled;
  const changed = (): Pod => apply(original, injection, keys);
  if (isComplete(previous) && previous.manifest.plan === hash && mayStay(pod, plan, changed, context))
    return { kind: 'unchanged', plan };

  const patch = previous ? diff(pod, changed()) : settled.patch;
  return new Injected(changed, patch, plan, [...settled.warnings, ...podSecurityWarnings(namespace)]);
}

const reject = (...problems: Problem[]): Outcome => ({ kind: 'reject', problems });

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
function mayStay(pod: Pod, plan: Plan, changed: () => Pod, context: InjectContext): boolean {
  if (hasNewProbes(pod, plan, context)) return false;
  const isTrusted = context.installation.locked.size === 0;
  return isTrusted || standsAsRendered(pod, changed(), context.backend.containerNames);
}

/** Probes that somebody has put in since, of a port that the plan checks already. */
function hasNewProbes(pod: Pod, plan: Plan, { keepsProbes }: InjectContext): boolean {
  return !keepsProbes && tcpProbesOf(pod, plan).length > 0;
}

/** Another mesh's proxy that turned up after ours: leaving the pod alone would leave it with two. */
function standsBeside({ proxy, init }: Previous, original: Pod): Outcome | undefined {
  const ours = proxy ?? init;
  const [foreign] = foreignSidecars(original);
  if (foreign === undefined || ours === undefined) return undefined;
  return reject(problem('foreign_sidecar_beside_ours', { foreign, ours: ours.name }));
}
