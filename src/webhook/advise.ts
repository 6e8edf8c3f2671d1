/**
 * Telling people where they make a mistake. A bad value on a namespace is denied when it is written, since it
 * would stop every pod there later; a workload is never denied, only warned about.
 */
import type { InjectContext } from '../inject/context.ts';
import { inject } from '../inject/inject.ts';
import { isPod } from '../inject/pod-shape.ts';
import { templatePathOf } from '../inject/pod-template.ts';
import type { Namespace, Pod } from '../kubernetes.types.ts';
import { isObject } from '../is-object.ts';
import { adviseNamespace, namespaceIn } from './advise-namespace.ts';
import { advised, rejected } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
import type { Pending, Reviewed } from './reviewed.ts';

/** Warnings that a person reads: few, and each a line. */
const maxWarnings = 3;

export function advise(request: AdmissionRequest): Reviewed | Pending {
  const isWrite = request.operation === 'CREATE' || request.operation === 'UPDATE';
  const { object } = request;
  if (!isWrite || !isObject(object) || request.subResource !== '') return warn(request, []);
  if (request.resource === 'namespaces') return { answer: (_, context) => judgeNamespace(request, context) };
  const bare = { name: request.namespace, labels: {}, annotations: {} };
  return {
    wants: { name: request.namespace, from: 'cache' },
    answer: (namespace = bare, context) =>
      warn(request, workloadWarnings(request.kind, object, namespace, context)),
  };
}

function warn({ uid }: AdmissionRequest, lines: readonly string[]): Reviewed {
  const shown = lines.slice(0, maxWarnings).map((line) => line.replaceAll('\n', ' '));
  return { response: advised(uid, shown), why: [], owner: '' };
}

function judgeNamespace(request: AdmissionRequest, context: InjectContext): Reviewed {
  const { problems, warnings } = adviseNamespace(request, context);
  const why = [...new Set(problems.map(({ code }) => code))];
  if (problems.length > 0) return { response: rejected(request.uid, problems), why, owner: '' };
  return warn(
    request,
    warnings.map(({ message }) => message),
  );
}

function workloadWarnings(
  kind: string,
  workload: Readonly<Record<string, unknown>>,
  namespace: Namespace,
  context: InjectContext,
): string[] {
  const { apiVersion } = workload;
  const path = typeof apiVersion === 'string' ? templatePathOf(apiVersion, kind) : undefined;
  if (path === undefined || path.length === 0) return [];
  const template = path.reduce<unknown>(
    (node, field) => (isObject(node) ? node[field] : undefined),
    workload,
  );
  if (!isPod(template)) return [];
  const place = `${path.join('.')}.metadata.annotations`;
  const misplaced = misplacedKeys(workload, template, context.installation.keys).map(
    (key) => `${key} does nothing here; put it in ${place}`,
  );
  const outcome = inject(template, namespace, context);
  if (outcome.kind === 'reject') return [...outcome.problems.map(({ message }) => message), ...misplaced];
  return outcome.kind === 'inject'
    ? [...outcome.warnings.map(({ message }) => message), ...misplaced]
    : misplaced;
}

/** Our annotations on the workload itself, where they do nothing: pods get those of the template. */
function misplacedKeys(
  workload: Readonly<Record<string, unknown>>,
  template: Pod,
  keys: { readonly inject: string; isConfig(key: string): boolean },
): string[] {
  const { annotations } = namespaceIn('', workload);
  return Object.keys(annotations)
    .filter((key) => key === keys.inject || keys.isConfig(key))
    .filter((key) => template.metadata?.annotations?.[key] === undefined);
}
