/**
 * Telling people where they make a mistake. A bad value on a namespace is denied when it is written, since it
 * would stop every pod there later; a workload is never denied, only warned about.
 */
import type { InjectContext } from '../inject/context.ts';
import { inject } from '../inject/inject.ts';
import { podSecurityWarnings } from '../inject/plan.ts';
import { isPod } from '../inject/pod-shape.ts';
import { templatePathOf } from '../inject/pod-template.ts';
import { injectWords, namespaceWish } from '../inject/wish.ts';
import type { Namespace, Pod, StringMap } from '../kubernetes.types.ts';
import { problem, type Problem } from '../messages.ts';
import { isObject } from '../is-object.ts';
import { nearest } from '../settings/nearest.ts';
import { readAnnotations } from '../settings/read.ts';
import { advised, rejected } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
import type { Pending, Reviewed } from './reviewed.ts';

/** Warnings that a person reads: few, and each a line. */
const maxWarnings = 3;

export function advise(request: AdmissionRequest): Reviewed | Pending {
  const isWrite = request.operation === 'CREATE' || request.operation === 'UPDATE';
  const { object } = request;
  if (!isWrite || !isObject(object) || request.subResource !== '') return warn(request, []);
  if (request.resource === 'namespaces') return { answer: (_, context) => adviseNamespace(request, context) };
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

function adviseNamespace(request: AdmissionRequest, { installation }: InjectContext): Reviewed {
  const { keys, config, defaults, locked } = installation;
  const namespace = namespaceOf(request.name, request.object);
  const old = namespaceOf(request.name, request.oldObject);
  const isOurs = (key: string): boolean => key === keys.inject || keys.isConfig(key);
  if (
    !differ(namespace.labels, old.labels, isOurs) &&
    !differ(namespace.annotations, old.annotations, isOurs)
  )
    return warn(request, []);

  const base = { settings: defaults, problems: new Map(), warnings: [] };
  const reading = readAnnotations(base, 'namespace', namespace.annotations, { keys, locked });
  const wish = namespaceWish(namespace, keys, config.injection.selectBy);
  const problems: Problem[] = [...reading.problems.values()];
  if (wish.kind === 'invalid') {
    const near = nearest(wish.value, injectWords);
    problems.unshift(
      problem('invalid_inject', { place: 'namespace', key: keys.inject, value: wish.value, nearest: near }),
    );
  }
  if (problems.length > 0)
    return { response: rejected(request.uid, problems), why: problems.map(({ code }) => code), owner: '' };
  const warnings = [...reading.warnings, ...(wish.kind === 'on' ? podSecurityWarnings(namespace) : [])];
  return warn(
    request,
    warnings.map(({ message }) => message),
  );
}

function namespaceOf(name: string, object: unknown): Namespace {
  const metadata = isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};
  return { name, labels: textsOf(metadata['labels']), annotations: textsOf(metadata['annotations']) };
}

function textsOf(value: unknown): StringMap {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function differ(one: StringMap, other: StringMap, counts: (key: string) => boolean): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)].filter(counts));
  return [...keys].some((key) => one[key] !== other[key]);
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
  const { annotations } = namespaceOf('', workload);
  return Object.keys(annotations)
    .filter((key) => key === keys.inject || keys.isConfig(key))
    .filter((key) => template.metadata?.annotations?.[key] === undefined);
}
