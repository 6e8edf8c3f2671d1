/** The objects of a document that concern Outrigger: workloads and namespaces, also inside lists. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import { templatePathOf } from '../inject/pod-template.ts';
import { isObject } from '../is-object.ts';
import { hasMerge, pairOf, startOf, type AnyMap } from './nodes.ts';
import { valueOf, type Manifest } from './parse.ts';

export interface Target {
  readonly type: 'workload' | 'namespace';
  readonly kind: string;
  readonly name: string;
  /** As the object says it; undefined where it leaves it to kubectl. */
  readonly namespace: string | undefined;
  readonly node: AnyMap;
  /** Where it begins in the document's text. */
  readonly offset: number;
  /** The path of the object in the document: empty, or through the items of lists. */
  readonly location: readonly (string | number)[];
  /** The path of the pod template in the object; of a namespace: empty. */
  readonly template: readonly string[];
}

/** In the order of the text. Kinds are matched by group and kind: a Job of another group makes no pods of its own. */
export function findTargets(manifest: Manifest): Target[] {
  const { contents } = manifest.document;
  return isMap(contents) ? targetsIn(manifest, contents, []) : [];
}

function targetsIn(manifest: Manifest, node: AnyMap, location: readonly (string | number)[]): Target[] {
  const apiVersion = textIn(manifest, node, 'apiVersion');
  const kind = textIn(manifest, node, 'kind');
  if (apiVersion === undefined || kind === undefined) return [];
  if (isList(apiVersion, kind)) return itemsOf(manifest, node, location);
  const isNamespace = apiVersion === 'v1' && kind === 'Namespace';
  const template = isNamespace ? [] : templatePathOf(apiVersion, kind);
  if (template === undefined) return [];
  const metadata = resolved(manifest, pairOf(node, 'metadata')?.value);
  const [name, namespace] = isMap(metadata)
    ? [
        textIn(manifest, metadata, 'name') ?? textIn(manifest, metadata, 'generateName'),
        textIn(manifest, metadata, 'namespace'),
      ]
    : [];
  return [
    {
      type: isNamespace ? 'namespace' : 'workload',
      kind,
      name: name ?? '(no name)',
      namespace,
      node,
      offset: startOf(node),
      location,
      template,
    },
  ];
}

/** `List` of v1, and the lists of one kind that the API answers with, such as DeploymentList. */
function isList(apiVersion: string, kind: string): boolean {
  if (kind === 'List') return apiVersion === 'v1';
  return kind.endsWith('List') && templatePathOf(apiVersion, kind.slice(0, -'List'.length)) !== undefined;
}

function itemsOf(manifest: Manifest, node: AnyMap, location: readonly (string | number)[]): Target[] {
  const items = resolved(manifest, pairOf(node, 'items')?.value);
  if (!isSeq(items)) return [];
  return items.items.flatMap((entry, index) => {
    const item = resolved(manifest, entry);
    return isMap(item) ? targetsIn(manifest, item, [...location, 'items', index]) : [];
  });
}

/** What an alias stands for: a workload that is one is found, and refused when it would have to be changed. */
function resolved({ document }: Manifest, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function textIn(manifest: Manifest, map: AnyMap, key: string): string | undefined {
  const pair = pairOf(map, key);
  if (pair === undefined && hasMerge(map)) {
    const merged = valueOf(manifest, map);
    return isObject(merged) ? textOf(merged[key]) : undefined;
  }
  const value = resolved(manifest, pair?.value);
  return isScalar(value) ? textOf(value.value) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
