/**
 * Taking out what injection put in: annotations, and by the manifest what `--manual` or the webhook added, also
 * from a pod that was fetched from a cluster.
 */
import { isDeepStrictEqual } from 'node:util';
import { remove } from '../inject/apply.ts';
import type { InjectContext } from '../inject/context.ts';
import { manifestOf, type Manifest as Injected } from '../inject/manifest.ts';
import { isPod, whereNotPod } from '../inject/pod-shape.ts';
import { problem } from '../messages.ts';
import { probeFields } from '../inject/tcp-probes.ts';
import { isObject } from '../is-object.ts';
import type { Container, Pod } from '../kubernetes.types.ts';
import { leave, type Change } from './change.ts';
import { deleteTree, editsOf, type Doomed, type DoomedItems, type DoomedMap } from './delete.ts';
import { valueOf, type Manifest } from './parse.ts';
import type { Target } from './targets.ts';
import { asDecoded } from './decoded.ts';
import { valueIn, withValueIn } from './values.ts';

export interface StripOptions {
  readonly context: InjectContext;
  /** Wish and settings too, as `uninject` does; without them only what the manifest describes goes. */
  readonly withAnnotations: boolean;
}

/** @throws OutriggerError where it cannot be done without changing something else */
export function stripWorkload(manifest: Manifest, target: Target, options: StripOptions): Change {
  const { keys } = options.context.installation;
  const value = valueOf(manifest, target.node);
  const pod = asDecoded(valueIn(value, target.template));
  if (pod === undefined || pod === null) return leave('unchanged');
  if (!isPod(pod)) {
    const path = [...target.template, whereNotPod(pod)].join('.');
    return leave(
      'failed',
      problem('unreadable_pod', { path, expected: 'what Kubernetes takes there' }).message,
    );
  }
  const read = manifestOf(pod, keys);
  if (!read.ok)
    return leave('failed', problem('unreadable_manifest', { key: keys.injected, error: read.error }).message);
  const stripped = stripPod(pod, read.value, options);
  const doomed = doomedIn(pod, stripped, read.value);
  if (doomed === undefined) return leave('unchanged');
  const fates = target.template.reduceRight<DoomedMap>((inner, key) => ({ [key]: inner }), doomed);
  return {
    verdict: 'uninjected',
    details: describe(pod, stripped),
    warnings: [],
    edits: editsOf(deleteTree(manifest, target.node, fates)),
    expected: () => withValueIn(value, target.template, stripped),
  };
}

/** The pod as it is to be, as data. */
function stripPod(pod: Pod, injected: Injected | null, { context, withAnnotations }: StripOptions): Pod {
  const { keys } = context.installation;
  const original = injected === null ? pod : remove(pod, injected, keys, context.backend.containerNames);
  const annotations = original.metadata?.annotations;
  if (!withAnnotations || !annotations) return original;
  const kept = Object.entries(annotations).filter(
    ([key, text]) => !keys.isConfig(key) && (key !== keys.inject || text === 'disabled'),
  );
  return { ...original, metadata: { ...original.metadata, annotations: Object.fromEntries(kept) } };
}

const listFields = ['initContainers', 'containers', 'volumes', 'imagePullSecrets'] as const;

/** What distinguishes the two pods, as places in the text; undefined where nothing does. */
function doomedIn(pod: Pod, stripped: Pod, injected: Injected | null): DoomedMap | undefined {
  const annotations = doomedTexts(pod.metadata?.annotations, stripped.metadata?.annotations);
  const lists = listFields.flatMap((field) => {
    const items = doomedItems(pod, stripped, field, (injected?.was?.[field] ?? 'empty') === 'empty');
    return items.names.size === 0 && items.within?.size === 0 ? [] : [[field, items] as const];
  });
  if (Object.keys(annotations).length === 0 && lists.length === 0) return undefined;
  return {
    ...(Object.keys(annotations).length > 0 && { metadata: { annotations } }),
    ...(lists.length > 0 && { spec: Object.fromEntries<Doomed>(lists) }),
  };
}

function doomedItems(
  pod: Pod,
  stripped: Pod,
  field: (typeof listFields)[number],
  isKept: boolean,
): DoomedItems {
  const left = new Map<string, Container>((stripped.spec?.[field] ?? []).map((item) => [item.name, item]));
  const items: readonly Container[] = pod.spec?.[field] ?? [];
  const names = new Set(items.map(({ name }) => name).filter((name) => !left.has(name)));
  const within = items.map((item) => [item.name, doomedProbes(item, left.get(item.name))] as const);
  return { names, isKept, within: new Map(within.filter(([, probes]) => Object.keys(probes).length > 0)) };
}

/** Probes that we have rewritten: the handler becomes what it was. */
function doomedProbes(before: Container, after: Container | undefined): DoomedMap {
  const restored = probeFields.flatMap((field) => {
    const { tcpSocket, httpGet } = after?.[field] ?? {};
    const port = tcpSocket?.port ?? undefined;
    const isRestored = before[field]?.httpGet && !httpGet && port !== undefined;
    return isRestored ? [[field, { httpGet: { pair: ['tcpSocket', { port }] as const } }] as const] : [];
  });
  return Object.fromEntries(restored);
}

function doomedTexts(
  before: Readonly<Record<string, string>> | null | undefined,
  after: Readonly<Record<string, string>> | null | undefined,
): DoomedMap {
  const changed = Object.entries(before ?? {}).filter(([key, text]) => after?.[key] !== text);
  return Object.fromEntries<Doomed>(
    changed.map(([key]) => {
      const text = after?.[key];
      return [key, text === undefined ? true : { replacement: text }];
    }),
  );
}

/** For the report: what went. */
function describe(pod: Pod, stripped: Pod): string[] {
  const annotations = Object.keys(doomedTexts(pod.metadata?.annotations, stripped.metadata?.annotations));
  const items = listFields.flatMap((field) => {
    const { names, within = new Map<string, DoomedMap>() } = doomedItems(pod, stripped, field, false);
    const probes = [...within].flatMap(([name, fates]) =>
      Object.keys(fates).map((probe) => `${probe} of ${name}`),
    );
    return [...names, ...probes];
  });
  return [...annotations, ...items];
}

export function stripNamespace(manifest: Manifest, target: Target, { context }: StripOptions): Change {
  const { keys } = context.installation;
  const value = valueOf(manifest, target.node);
  const labels = valueIn(value, ['metadata', 'labels']);
  const annotations = valueIn(value, ['metadata', 'annotations']);
  const isWish = (key: string, text: unknown): boolean => key === keys.inject && text !== 'disabled';
  const doomedLabels = doomedWhere(labels, isWish);
  const doomedAnnotations = doomedWhere(annotations, (key, text) => isWish(key, text) || keys.isConfig(key));
  const gone = [...Object.keys(doomedLabels), ...Object.keys(doomedAnnotations)];
  if (gone.length === 0) return leave('unchanged');
  const metadata = { labels: doomedLabels, annotations: doomedAnnotations };
  const withoutLabels = without(value, ['metadata', 'labels'], doomedLabels);
  return {
    verdict: 'uninjected',
    details: gone,
    warnings: [],
    edits: editsOf(deleteTree(manifest, target.node, { metadata })),
    expected: () => without(withoutLabels, ['metadata', 'annotations'], doomedAnnotations),
  };
}

function doomedWhere(map: unknown, isDoomed: (key: string, value: unknown) => boolean): DoomedMap {
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    entries.filter(([key, value]) => isDoomed(key, value)).map(([key]) => [key, true as const]),
  );
}

function without(value: unknown, path: readonly string[], doomed: DoomedMap): unknown {
  const map = valueIn(value, path);
  if (!isObject(map)) return value;
  const kept = Object.entries(map).filter(([key]) => !Object.hasOwn(doomed, key));
  return withValueIn(value, path, Object.fromEntries(kept));
}

/**
 * Whether two documents mean the same to Kubernetes where something was taken out: there an empty list or map,
 * null and nothing at all are one.
 */
export function isSameButEmpty(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutEmpty(one), withoutEmpty(other));
}

const mayBeEmpty: ReadonlySet<string> = new Set(['metadata', 'annotations', 'labels', 'spec', ...listFields]);

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, withoutEmpty(child)] as const);
  return Object.fromEntries(entries.filter(([key, child]) => !(mayBeEmpty.has(key) && isEmpty(child))));
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
