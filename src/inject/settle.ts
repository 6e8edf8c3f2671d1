/**
 * From a pod to what it gets: settings, plan, rendering. Pods come in thousands of copies of few templates, so
 * the result is kept by everything that it depends on.
 */
import { LRUCache } from 'lru-cache';
import type { Container, Namespace, Pod, StringMap } from '../kubernetes.types.ts';
import type { Problem, Warning } from '../messages.ts';
import type { Plan } from '../proxy/backend.ts';
import type { Installation } from '../settings/config.ts';
import type { Keys } from '../settings/keys.ts';
import { readAnnotations, type Reading } from '../settings/read.ts';
import type { Injection } from './apply.ts';
import type { InjectContext } from './context.ts';
import { injectionOf } from './injection.ts';
import { makePlan, type Previous } from './plan.ts';

export type Settled =
  | { readonly kind: 'impossible'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'settled';
      readonly plan: Plan;
      /** Of the plan (see `Rendering`). */
      readonly hash: string;
      readonly injection: Injection;
      readonly warnings: readonly Warning[];
    };

/** How many different templates are remembered, at a few kilobytes each; renderings are shared between them. */
const remembered = 500;

const memos = new WeakMap<Installation, LRUCache<string, Settled>>();

function memoOf(installation: Installation): LRUCache<string, Settled> {
  const known = memos.get(installation);
  if (known) return known;
  const memo = new LRUCache<string, Settled>({ max: remembered });
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
  const view = viewOf(pod, context.installation.keys);
  if (previous) return settleView(view, namespace, context, previous);
  const { installation, version, origin, cluster } = context;
  const memo = memoOf(installation);
  const key = JSON.stringify([view, namespace?.annotations, cluster, origin, version]);
  const known = memo.get(key);
  if (known) return known;
  const settled = settleView(view, namespace, context, null);
  memo.set(key, settled);
  return settled;
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
  const rendering = context.render(planned.plan);
  const conflicts = [...planned.problems, ...rendering.problems];
  if (conflicts.length > 0) return { kind: 'impossible', problems: conflicts };
  return {
    kind: 'settled',
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

/**
 * The part of a pod that settings and plan are made of. Nothing else reaches them, which is what makes it right
 * to keep their result by it.
 */
function viewOf(pod: Pod, keys: Keys): Pod {
  const { spec } = pod;
  const user = spec?.securityContext?.runAsUser;
  return {
    metadata: { annotations: configOf(pod.metadata?.annotations, keys) },
    spec: {
      securityContext: { runAsUser: user },
      resources: spec?.resources,
      initContainers: spec?.initContainers?.map(containerView),
      containers: spec?.containers?.map(containerView),
    },
  };
}

function configOf(annotations: StringMap | null | undefined, keys: Keys): StringMap {
  const config: Record<string, string> = {};
  for (const key in annotations) if (keys.isConfig(key)) config[key] = annotations[key] ?? '';
  return config;
}

function containerView(container: Container): Container {
  const { name, ports, resources, securityContext, readinessProbe, livenessProbe, startupProbe } = container;
  const user = securityContext?.runAsUser;
  return {
    name,
    ports,
    resources,
    securityContext: { runAsUser: user },
    readinessProbe,
    livenessProbe,
    startupProbe,
  };
}
