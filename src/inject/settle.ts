/**
 * From a pod to what it gets: settings, plan, rendering, patch. Pods come in thousands of copies of few
 * templates, so the result is made from a view of the pod that leaves out what it does not depend on, and kept
 * by that view.
 */
import { LRUCache } from 'lru-cache';
import type { Namespace, Pod } from '../kubernetes.types.ts';
import type { Problem, Warning } from '../messages.ts';
import type { Plan } from '../proxy/backend.ts';
import type { Installation } from '../settings/config.ts';
import { readAnnotations, type Reading } from '../settings/read.ts';
import { apply, type Injection } from './apply.ts';
import type { InjectContext } from './context.ts';
import { diff, type Patch } from './diff.ts';
import { injectionOf } from './injection.ts';
import { makePlan, type Previous } from './plan.ts';
import { viewOf } from './pod-view.ts';

export type Settled =
  | { readonly kind: 'impossible'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'settled';
      readonly plan: Plan;
      /** Of the plan (see `Rendering`). */
      readonly hash: string;
      readonly injection: Injection;
      /** For a pod that carries nothing of ours yet. */
      readonly patch: Patch;
      readonly warnings: readonly Warning[];
    };

/** A patch as it is kept for a response takes some 20 kB; the containers in it are shared between templates. */
const patchBytes = 20_000;

/** What is remembered: about 300 templates. */
const remembered = {
  maxSize: 8_000_000,
  maxEntrySize: 100_000,
  sizeCalculation: (_: Settled, key: string): number => key.length + patchBytes,
};

const memos = new WeakMap<Installation, LRUCache<string, Settled>>();

function memoOf(installation: Installation): LRUCache<string, Settled> {
  const known = memos.get(installation);
  if (known) return known;
  const memo = new LRUCache<string, Settled>(remembered);
  memos.set(installation, memo);
  return memo;
}

/**
 * @param pod the pod as it was before Outrigger first touched it
 * @param previous what it carries of ours; such a pod is settled anew each time
 */
export function settle(
  pod: Pod,
  namespace: Namespace | null,
  context: InjectContext,
  previous: Previous | null,
): Settled {
  const text = JSON.stringify(viewOf(pod, context.installation.keys));
  // Read back, so that fields without a value are absent and the text is all that the result can depend on.
  const settleAnew = (): Settled => settleView(JSON.parse(text) as Pod, namespace, context, previous);
  if (previous) return settleAnew();
  const memo = memoOf(context.installation);
  const key = text + namespaceText(namespace) + contextText(context);
  const known = memo.get(key);
  if (known) return known;
  const settled = settleAnew();
  memo.set(key, settled);
  return settled;
}

const namespaceTexts = new WeakMap<Namespace, string>();

/** Of what counts of a namespace; the cache gives the same object for thousands of pods. */
function namespaceText(namespace: Namespace | null): string {
  if (namespace === null) return '';
  const known = namespaceTexts.get(namespace);
  if (known !== undefined) return known;
  const text = JSON.stringify(namespace.annotations);
  namespaceTexts.set(namespace, text);
  return text;
}

function contextText({ cluster, origin, keepsProbes = false, version }: InjectContext): string {
  return `${cluster.ipv6} ${cluster.nativeSidecars} ${origin} ${keepsProbes} ${version}`;
}

function settleView(
  view: Pod,
  namespace: Namespace | null,
  context: InjectContext,
  previous: Previous | null,
): Settled {
  const { settings, problems, warnings } = readSettings(view, namespace, context);
  if (problems.size > 0) return { kind: 'impossible', problems: [...problems.values()] };
  const planned = makePlan(view, settings, context, previous);
  if (planned.problems.length > 0) return { kind: 'impossible', problems: planned.problems };
  const rendering = context.render(planned.plan);
  if (rendering.problems.length > 0) return { kind: 'impossible', problems: rendering.problems };
  const injection = injectionOf(planned, rendering, settings, previous, context);
  return {
    kind: 'settled',
    plan: planned.plan,
    hash: rendering.hash,
    injection,
    patch: diff(view, apply(view, injection, context.installation.keys)),
    warnings: [...warnings, ...planned.warnings],
  };
}

/** The settings of a pod: the installation's, the namespace's, its own. */
export function readSettings(pod: Pod, namespace: Namespace | null, context: InjectContext): Reading {
  const { defaults, keys, locked } = context.installation;
  const base: Reading = { settings: defaults, problems: new Map(), warnings: [] };
  const ofNamespace = readAnnotations(base, 'namespace', namespace?.annotations, { keys, locked });
  return readAnnotations(ofNamespace, 'pod', pod.metadata?.annotations, { keys, locked });
}
