/** The chart's values as a person reads them: each with its default, and the comment above it. */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

export const chartFile = (name: string): URL => new URL(`../../charts/outrigger/${name}`, import.meta.url);

export interface ChartValue {
  readonly path: readonly string[];
  readonly default: unknown;
  /** The comment above it, on one line. */
  readonly doc: string;
  /** Its own values follow. */
  readonly isSection: boolean;
}

export function readChartValues(text = readFileSync(chartFile('values.yaml'), 'utf8')): ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new TypeError('values.yaml is not a map');
  return valuesOf(contents, []);
}

/** The comment above the first key of a map belongs to the map in the library's eyes. */
function valuesOf(map: YAMLMap, parents: readonly string[]): ChartValue[] {
  return map.items.flatMap((pair, index) => {
    const path = [...parents, keyOf(pair)];
    const comment = isScalar(pair.key) ? pair.key.commentBefore : undefined;
    const doc = oneLine(comment ?? (index === 0 ? map.commentBefore : undefined));
    const { value } = pair;
    const hasValues = isMap(value) && value.items.length > 0 && !isWhole(path);
    const json = (value as { toJSON?: () => unknown } | null)?.toJSON?.();
    const own: ChartValue = { path, default: json, doc, isSection: hasValues };
    return hasValues ? [own, ...valuesOf(value, path)] : [own];
  });
}

/** Values that are passed on as they are: what stands in them is Kubernetes' business. */
function isWhole(path: readonly string[]): boolean {
  return path.length === 1 && (path[0] === 'resources' || path[0] === 'nodeSelector');
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function oneLine(comment: string | null | undefined): string {
  return (comment ?? '').split('\n\n').at(-1)!.replaceAll(/\s+/gu, ' ').trim();
}
