import { isObject } from '../is-object.ts';
import type { StringMap } from '../kubernetes.types.ts';

/** Paths in plain data. */
export type Path = readonly (string | number)[];

/** The value at a path, or undefined where it leads nowhere. */
export function valueIn(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    root,
  );
}

/** The map of texts at a path, such as annotations; what is no text is left out. */
export function textsIn(root: unknown, path: Path): StringMap {
  const map = valueIn(root, path);
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A copy in which another value stands at the path; what is not on the path is shared. */
export function withValueIn(root: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(root)) {
    const items: readonly unknown[] = root;
    return items.map((item, index) => (index === key ? withValueIn(item, rest, value) : item));
  }
  const record = isObject(root) ? root : {};
  return { ...record, [key]: withValueIn(record[key], rest, value) };
}
