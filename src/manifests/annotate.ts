/** Annotation mode: what has to be written so that the webhook injects, or that a namespace asks for it. */
import type { InjectContext } from '../inject/context.ts';
import { inject, type Outcome } from '../inject/inject.ts';
import { manifestOf } from '../inject/manifest.ts';
import { isPod, whereNotPod } from '../inject/pod-shape.ts';
import { reasonSentences } from '../inject/reasons.ts';
import { readSettings } from '../inject/prepare.ts';
import { podWish } from '../inject/wish.ts';
import type { Pod, StringMap } from '../kubernetes.types.ts';
import { problem } from '../messages.ts';
import type { SettingKey } from '../settings/table.ts';
import { leave, type Change } from './change.ts';
import { insertTree } from './insert.ts';
import { valueOf, type Manifest } from './parse.ts';
import type { TreeMap } from './print.ts';
import type { Target } from './targets.ts';
import { asDecoded } from './decoded.ts';
import { textsIn, valueIn, withValueIn } from './values.ts';

export interface InjectOptions {
  readonly context: InjectContext;
  /** The settings that flags have given, with their text. */
  readonly settings: Partial<Readonly<Record<SettingKey, string>>>;
}

/** A pod template as it stands and as it is to be annotated. */
export interface Wanted {
  readonly pod: Pod;
  /** The whole object, which the pod is part of. */
  readonly value: unknown;
  /** Annotations to write. */
  readonly added: StringMap;
  readonly outcome: Outcome;
}

/** @throws OutriggerError where it cannot be written without changing something else */
export function annotateWorkload(manifest: Manifest, target: Target, options: InjectOptions): Change {
  const wanted = decideOn(manifest, target, options);
  if ('verdict' in wanted) return wanted;
  const { pod, value, added, outcome } = wanted;
  const { keys } = options.context.installation;
  const stale = manifestOf(pod, keys);
  const warnings = [
    ...warningsOf(outcome),
    ...(stale.ok && stale.value !== null
      ? ['it carries containers of an earlier injection, which only --manual or uninject change']
      : []),
  ];
  if (Object.keys(added).length === 0)
    return { ...leave('unchanged', 'it asks for all of this already'), warnings };
  const tree = nest([...target.template, 'metadata', 'annotations'], added);
  return {
    verdict: 'annotated',
    details: describeAdded(added, options),
    warnings,
    edits: insertTree(manifest, target.node, tree),
    expected: () => withAnnotations(value, target.template, added),
  };
}

/** What the template is to get, or why nothing is written. */
export function decideOn(
  manifest: Manifest,
  target: Target,
  { context, settings }: InjectOptions,
): Wanted | Change {
  const value = valueOf(manifest, target.node);
  const pod = asDecoded(valueIn(value, target.template));
  if (pod === undefined || pod === null) return leave('passed', 'it has no pod template');
  if (!isPod(pod)) return leave('failed', unreadable(pod, target));
  const added = annotationsFor(pod, context, settings);
  const wished = withAnnotations(pod, [], added) as Pod;
  const outcome = inject(wished, null, context);
  if (outcome.kind === 'reject') return leave('failed', ...outcome.problems.map(({ message }) => message));
  if (outcome.kind === 'skip') {
    const isWish = outcome.reasons.includes('disabled_on_pod');
    return leave(isWish ? 'passed' : 'skipped', ...outcome.reasons.map((reason) => reasonSentences[reason]));
  }
  return { pod, value, added, outcome };
}

function unreadable(pod: unknown, target: Target): string {
  const path = [...target.template, whereNotPod(pod)].join('.');
  return problem('unreadable_pod', {
    path,
    expected: 'what Kubernetes takes there (quote numbers and words like yes in texts)',
  }).message;
}

function annotationsFor(
  pod: Pod,
  { installation: { keys } }: InjectContext,
  settings: InjectOptions['settings'],
): StringMap {
  const own = pod.metadata?.annotations ?? {};
  const wanted = Object.entries(settings).map(
    ([key, text]) => [keys.config(key as SettingKey), text] as const,
  );
  const isAbsent = podWish(pod, keys).kind === 'absent';
  return Object.fromEntries([
    ...(isAbsent ? [[keys.inject, 'enabled'] as const] : []),
    ...wanted.filter(([key, text]) => own[key] !== text),
  ]);
}

/** Namespaces are asked by label, and settings on them are annotations. */
export function annotateNamespace(manifest: Manifest, target: Target, options: InjectOptions): Change {
  const { keys } = options.context.installation;
  const value = valueOf(manifest, target.node);
  const label = valueIn(value, ['metadata', 'labels', keys.inject]);
  if (systemNamespaces.has(target.name))
    return leave('passed', 'namespaces of the system are never injected');
  if (label === 'disabled') return leave('passed', 'the namespace says disabled');
  const own = valueIn(value, ['metadata', 'annotations']);
  const annotations = Object.fromEntries(
    Object.entries(options.settings)
      .map(([key, text]) => [keys.config(key as SettingKey), text] as const)
      .filter(([key, text]) => valueIn(own, [key]) !== text),
  );
  const problems = problemsWith(value, annotations, target, options);
  if (problems.length > 0) return leave('failed', ...problems);
  const labels = label === 'enabled' || label === 'ingress' ? {} : { [keys.inject]: 'enabled' };
  const metadata: TreeMap = {
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  if (Object.keys(metadata).length === 0) return leave('unchanged', 'it asks for all of this already');
  const labelled = withTexts(value, ['metadata', 'labels'], labels);
  return {
    verdict: 'annotated',
    details: [...('labels' in metadata ? ['label'] : []), ...describeAdded(annotations, options)],
    warnings: [],
    edits: insertTree(manifest, target.node, { metadata }),
    expected: () => withTexts(labelled, ['metadata', 'annotations'], annotations),
  };
}

/** What the webhook would refuse of the namespace as it is to be. */
function problemsWith(
  value: unknown,
  added: StringMap,
  { name }: Target,
  { context }: InjectOptions,
): readonly string[] {
  const annotations = { ...textsIn(value, ['metadata', 'annotations']), ...added };
  const { problems } = readSettings({}, { name, labels: {}, annotations }, context);
  return [...problems.values()].map(({ message }) => message);
}

const systemNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

export function nest(path: readonly string[], tree: TreeMap): TreeMap {
  return path.reduceRight<TreeMap>((inner, key) => ({ [key]: inner }), tree);
}

export function withAnnotations(value: unknown, template: readonly string[], added: StringMap): unknown {
  return withTexts(value, [...template, 'metadata', 'annotations'], added);
}

function withTexts(value: unknown, path: readonly string[], added: StringMap): unknown {
  if (Object.keys(added).length === 0) return value;
  const own = valueIn(value, path) as StringMap | null | undefined;
  return withValueIn(value, path, { ...own, ...added });
}

function describeAdded(added: StringMap, { context }: InjectOptions): string[] {
  return Object.entries(added)
    .filter(([key]) => key !== context.installation.keys.inject)
    .map(([key, text]) => `${key.slice(key.indexOf('/') + 1)} ${text}`);
}

export function warningsOf(outcome: Outcome): string[] {
  return outcome.kind === 'inject' ? outcome.warnings.map(({ message }) => message) : [];
}
