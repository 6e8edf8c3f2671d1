/**
 * Putting an injection into a pod, and taking it out again.
 *
 * The laws, held by property tests: for every pod without our manifest `remove(apply(p)) = p`, empty lists and
 * maps included; and an injection applied to what it made changes nothing (`inject` sees to that by the plan's
 * hash). Both change by structural sharing: what is not touched is the same object afterwards.
 */
import type { Container, Pod, PodSpec, StringMap, Volume } from '../kubernetes.types.ts';
import type { Placement } from '../proxy/backend.ts';
import type { Keys } from '../settings/keys.ts';
import type { Emptiness, Manifest } from './manifest.ts';
import { formatManifest } from './manifest.ts';
import { defaultContainerAnnotation, volumeNames } from './names.ts';
import { restoreProbes, rewriteProbes } from './rewrite-probes.ts';

export interface Injection {
  readonly placement: Placement;
  readonly init: Container;
  readonly proxy: Container;
  readonly volumes: readonly Volume[];
  readonly pullSecrets: readonly string[];
  readonly annotations: {
    readonly createdBy: string;
    readonly proxyVersion: string;
    /** Of the namespace, with their text. */
    readonly copied: StringMap;
    /** What an earlier call made the default container, whatever others have put in front of it since. */
    readonly formerDefaultContainer: string | undefined;
  };
  /** What goes into the manifest besides what `apply` finds out itself. */
  readonly manifest: Pick<Manifest, 'v' | 'by' | 'plan' | 'init' | 'proxy' | 'probes'>;
}

/** @param pod without any injection of ours */
export function apply(pod: Pod, injection: Injection, keys: Keys): Pod {
  const pullSecrets = newPullSecrets(pod, injection);
  const own = rewriteProbes(pod.spec ?? {}, injection.manifest.probes);
  const withVolumes = prepend(withContainers(own, injection), 'volumes', injection.volumes);
  const spec = prepend(
    withVolumes,
    'imagePullSecrets',
    pullSecrets.map((name) => ({ name })),
  );
  const manifest: Manifest = {
    ...injection.manifest,
    ...nonEmpty('was', emptinessOf(pod, spec)),
    ...(pullSecrets.length > 0 && { pullSecrets: [...pullSecrets] }),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: annotationsWith(pod, injection, manifest, keys) },
    spec,
  };
}

function withContainers(spec: PodSpec, { placement, init, proxy }: Injection): PodSpec {
  if (placement === 'native') return prepend(spec, 'initContainers', [init, proxy]);
  return prepend({ ...spec, initContainers: [...(spec.initContainers ?? []), init] }, 'containers', [proxy]);
}

type ListField = 'initContainers' | 'containers' | 'volumes' | 'imagePullSecrets';

const listFields: readonly ListField[] = ['initContainers', 'containers', 'volumes', 'imagePullSecrets'];

function prepend(spec: PodSpec, field: ListField, items: readonly { readonly name: string }[]): PodSpec {
  return items.length === 0 ? spec : { ...spec, [field]: [...items, ...(spec[field] ?? [])] };
}

function newPullSecrets(pod: Pod, { pullSecrets }: Injection): string[] {
  const present = new Set((pod.spec?.imagePullSecrets ?? []).map(({ name }) => name));
  return [...new Set(pullSecrets)].filter((name) => !present.has(name));
}

function annotationsWith(pod: Pod, injection: Injection, manifest: Manifest, keys: Keys): StringMap {
  const own = pod.metadata?.annotations ?? {};
  const { createdBy, proxyVersion, copied, formerDefaultContainer } = injection.annotations;
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  const defaultContainer = names.find((name) => name === formerDefaultContainer) ?? names[0];
  const added =
    defaultContainer === undefined || own[defaultContainerAnnotation] !== undefined
      ? {}
      : { [defaultContainerAnnotation]: defaultContainer };
  const replaced = [keys.createdBy, keys.proxyVersion].flatMap((key) => {
    const text = own[key];
    return text === undefined ? [] : [[key, text] as const];
  });
  return {
    ...own,
    ...copied,
    ...added,
    [keys.createdBy]: createdBy,
    [keys.proxyVersion]: proxyVersion,
    [keys.injected]: formatManifest({
      ...manifest,
      ...nonEmpty('copied', copied),
      ...nonEmpty('replaced', Object.fromEntries(replaced)),
      ...nonEmpty('added', added),
    }),
  };
}

function nonEmpty<K extends string, V extends object>(key: K, value: V): Partial<Record<K, V>> {
  return Object.keys(value).length > 0 ? ({ [key]: value } as Record<K, V>) : {};
}

/** How each list and map that is written to stood, where it was not there or held nothing. */
function emptinessOf(pod: Pod, changed: PodSpec): Record<string, Emptiness> {
  const touched = listFields.filter((field) => pod.spec?.[field] !== changed[field]);
  const places: Record<string, object | null | undefined> = {
    metadata: pod.metadata,
    annotations: pod.metadata?.annotations,
    spec: pod.spec,
    ...Object.fromEntries(touched.map((field) => [field, pod.spec?.[field]])),
  };
  const stood = Object.entries(places).map(([field, value]) => [field, emptiness(value)] as const);
  return Object.fromEntries(stood.filter((entry): entry is [string, Emptiness] => entry[1] !== undefined));
}

function emptiness(value: object | null | undefined): Emptiness | undefined {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return Object.keys(value).length === 0 ? 'empty' : undefined;
}

/**
 * The pod as it was before the injection that the manifest describes; what others have done since stays. Takes
 * out nothing but containers and volumes with our names, annotations of our domain, and what asks our proxy.
 */
export function remove(
  pod: Pod,
  manifest: Manifest,
  keys: Keys,
  containerNames: { readonly init: string; readonly proxy: string },
): Pod {
  const ours: Readonly<Record<ListField, ReadonlySet<string>>> = {
    initContainers: new Set(Object.values(containerNames)),
    containers: new Set(Object.values(containerNames)),
    volumes: new Set(Object.values(volumeNames)),
    imagePullSecrets: new Set(manifest.pullSecrets ?? []),
  };
  const was = manifest.was ?? {};
  let spec: Record<string, unknown> = { ...restoreProbes(pod.spec ?? {}, manifest.probes) };
  for (const field of listFields) {
    const items = (spec as PodSpec)[field] ?? [];
    const left = (items as readonly { readonly name: string }[]).filter(({ name }) => !ours[field].has(name));
    if (left.length !== items.length) spec = restored(spec, field, left, was);
  }
  const annotations = annotationsWithout(pod.metadata?.annotations ?? {}, manifest, keys);
  const metadata = restored({ ...pod.metadata }, 'annotations', annotations, was);
  return restored(restored({ ...pod }, 'metadata', metadata, was), 'spec', spec, was);
}

/** Puts a list or map back as it stood: what holds nothing any more becomes what it was before. */
function restored(
  parent: Readonly<Record<string, unknown>>,
  field: string,
  value: object,
  was: Readonly<Record<string, Emptiness>>,
): Record<string, unknown> {
  const before = Object.hasOwn(was, field) ? was[field] : 'empty';
  if (Object.keys(value).length > 0 || before === 'empty') return { ...parent, [field]: value };
  if (before === 'null') return { ...parent, [field]: null };
  const { [field]: _, ...rest } = parent;
  return rest;
}

function annotationsWithout(annotations: StringMap, manifest: Manifest, keys: Keys): StringMap {
  const { copied = {}, replaced = {}, added = {} } = manifest;
  const isOurs = (key: string, text: string): boolean =>
    key === keys.createdBy ||
    key === keys.proxyVersion ||
    key === keys.injected ||
    (key === defaultContainerAnnotation && added[key] === text) ||
    (keys.isConfig(key) && Object.hasOwn(copied, key) && copied[key] === text);
  const kept = Object.entries(annotations).filter(([key, text]) => !isOurs(key, text));
  const back = Object.entries(replaced).filter(
    ([key]) => key === keys.createdBy || key === keys.proxyVersion,
  );
  return Object.fromEntries([...kept, ...back]);
}
