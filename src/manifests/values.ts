import { isObject } from '../is-object.ts';

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
