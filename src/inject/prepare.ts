/** Settings, plan, rendering: everything that a pod is to get, before it is put into the pod. */
import type { Namespace, Pod } from '../kubernetes.types.ts';
import type { Problem, Warning } from '../messages.ts';
import type { Plan } from '../proxy/backend.ts';
import { readAnnotations, type Reading } from '../settings/read.ts';
import type { Injection } from './apply.ts';
import type { InjectContext } from './context.ts';
import { injectionOf } from './injection.ts';
import { makePlan, type Previous } from './plan.ts';

export type Prepared =
  | { readonly kind: 'impossible'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'prepared';
      readonly plan: Plan;
      /** Of the plan (see `Rendering`). */
      readonly hash: string;
      readonly injection: Injection;
      readonly warnings: readonly Warning[];
    };

/**
 * @param pod the pod as it was before Outrigger first touched it
 * @param previous what it carries of ours, or null
 */
export function prepare(
  pod: Pod,
  namespace: Namespace | null,
  context: InjectContext,
  previous: Previous | null,
): Prepared {
  const { settings, problems, warnings } = readSettings(pod, namespace, context);
  if (problems.size > 0) return { kind: 'impossible', problems: [...problems.values()] };
  const planned = makePlan(pod, settings, context, previous);
  if (planned.problems.length > 0) return { kind: 'impossible', problems: planned.problems };
  const rendering = context.render(planned.plan);
  if (rendering.problems.length > 0) return { kind: 'impossible', problems: rendering.problems };
  return {
    kind: 'prepared',
    plan: planned.plan,
    hash: rendering.hash,
    injection: injectionOf(planned, rendering, settings, previous, context),
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
