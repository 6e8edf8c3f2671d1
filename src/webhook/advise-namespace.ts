/**
 * What is wrong with a namespace that is written. Only the keys that the write changes are judged: who takes one of
 * two bad values away makes nothing worse.
 */
import { annotationBytes, maxAnnotationBytes } from '../inject/annotation-size.ts';
import type { InjectContext } from '../inject/context.ts';
import { inject } from '../inject/inject.ts';
import { podSecurityWarnings } from '../inject/plan.ts';
import { injectWords, namespaceWish } from '../inject/wish.ts';
import { isObject } from '../is-object.ts';
import type { Namespace, StringMap } from '../kubernetes.types.ts';
import { problem, type Problem, type Warning } from '../messages.ts';
import type { Keys } from '../settings/keys.ts';
import { nearest } from '../settings/nearest.ts';
import { readAnnotations } from '../settings/read.ts';
import type { AdmissionRequest } from './review.ts';

export interface NamespaceAdvice {
  /** They deny the write. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

export function adviseNamespace(request: AdmissionRequest, context: InjectContext): NamespaceAdvice {
  const { keys, defaults, locked } = context.installation;
  const namespace = namespaceIn(request.name, request.object);
  const old = namespaceIn(request.name, request.oldObject);
  const changed = {
    labels: changedOf(namespace.labels, old.labels, keys),
    annotations: changedOf(namespace.annotations, old.annotations, keys),
  };
  if (!changed.labels.any && !changed.annotations.any) return { problems: [], warnings: [] };

  const base = { settings: defaults, problems: new Map(), warnings: [] };
  const judged = withoutOverruled(changed.annotations.present, namespace.annotations, keys);
  const reading = readAnnotations(base, 'namespace', judged, { keys, locked });
  const written = { name: namespace.name, labels: changed.labels.present, annotations: judged };
  const tooLarge = Object.keys(judged).length > 0 ? sizeProblems(namespace, context) : [];
  const isOn = namespaceWish(namespace, keys, context.installation.config.injection.selectBy).kind === 'on';
  return {
    problems: [...wishProblems(namespace, written, context), ...reading.problems.values(), ...tooLarge],
    warnings: [...reading.warnings, ...(isOn ? podSecurityWarnings(namespace) : [])],
  };
}

/** Our keys that differ, and those among them that the write sets. */
function changedOf(one: StringMap, old: StringMap, keys: Keys): { any: boolean; present: StringMap } {
  const isChanged = (key: string): boolean =>
    (key === keys.inject || keys.isConfig(key)) && one[key] !== old[key];
  return {
    any: [...Object.keys(one), ...Object.keys(old)].some(isChanged),
    present: Object.fromEntries(Object.entries(one).filter(([key]) => isChanged(key))),
  };
}

/** Another name of a setting has no effect beside the setting's own. */
function withoutOverruled(annotations: StringMap, all: StringMap, keys: Keys): StringMap {
  const isOverruled = (key: string): boolean => {
    const setting = keys.settingOf(key);
    return setting !== undefined && key !== keys.config(setting) && keys.config(setting) in all;
  };
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !isOverruled(key)));
}

function wishProblems(
  namespace: Namespace,
  written: Namespace,
  { installation: { keys, config } }: InjectContext,
): Problem[] {
  const wish = namespaceWish(namespace, keys, config.injection.selectBy);
  if (wish.kind !== 'invalid') return [];
  const isWritten = [written.labels, written.annotations].some((map) => map[keys.inject] === wish.value);
  if (!isWritten) return [];
  const near = nearest(wish.value, injectWords);
  const details = { place: 'namespace', key: keys.inject, value: wish.value, nearest: near } as const;
  return [problem('invalid_inject', details)];
}

/** A pod with nothing of its own, which gets all that its namespace says. */
const smallestPod = {
  metadata: { annotations: {} },
  spec: { containers: [{ name: 'app' }] },
};

function sizeProblems(namespace: Namespace, context: InjectContext): Problem[] {
  if (annotationBytes(namespace.annotations) < maxAnnotationBytes / 8) return [];
  const labels = { ...namespace.labels, [context.installation.keys.inject]: 'enabled' };
  const outcome = inject(smallestPod, { ...namespace, labels }, context);
  if (outcome.kind !== 'reject') return [];
  return outcome.problems.filter(({ code }) => code === 'annotations_too_large');
}

export function namespaceIn(name: string, object: unknown): Namespace {
  const metadata = isObject(object) && isObject(object['metadata']) ? object['metadata'] : {};
  return { name, labels: textsOf(metadata['labels']), annotations: textsOf(metadata['annotations']) };
}

function textsOf(value: unknown): StringMap {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
