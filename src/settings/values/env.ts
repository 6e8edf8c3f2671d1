import { bad, maxListLength, ok, quote, type ValueType } from './result.ts';
import { isObject } from '../../is-object.ts';
import type { EnvVar } from '../../kubernetes.types.ts';

const sources = ['configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'secretKeyRef', 'fileKeyRef'];

/** A JSON list of core/v1 EnvVar objects, as Linkerd's `proxy-additional-env` takes it. */
export const envType: ValueType<readonly EnvVar[]> = {
  name: 'JSON list of environment variables',
  maxLength: maxListLength,
  parse(text) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return bad(`${quote(text)} is not JSON; ${allowed}`);
    }
    if (!Array.isArray(parsed)) return bad(`${quote(text)} is not a list; ${allowed}`);
    const wrong = parsed.flatMap((item: unknown, index) => (isEnvVar(item) ? [] : [index + 1]));
    if (wrong.length === 0) return ok(parsed as readonly EnvVar[]);
    const named = `${wrong.slice(0, 20).join(', ')}${wrong.length > 20 ? ` and ${wrong.length - 20} more` : ''}`;
    return bad(
      wrong.length === 1
        ? `item ${named} of ${quote(text)} is not an environment variable; ${allowed}`
        : `items ${named} of ${quote(text)} are not environment variables; ${allowed}`,
    );
  },
  usesInherited: () => true,
};

const allowed = 'allowed is a list such as [{"name": "KEY", "value": "text"}]';

function isEnvVar(item: unknown): item is EnvVar {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  const { name, value, valueFrom, ...rest } = item as Record<string, unknown>;
  // Kubernetes takes any printable ASCII but "=" in a name.
  if (typeof name !== 'string' || !/^[ -<>-~]+$/u.test(name) || Object.keys(rest).length > 0) return false;
  if (value !== undefined && value !== null && typeof value !== 'string') return false;
  return valueFrom === undefined || valueFrom === null || (!value && isEnvVarSource(valueFrom));
}

function isEnvVarSource(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return false;
  const [entry, ...more] = Object.entries(source);
  if (entry === undefined || more.length > 0) return false;
  const [key, reference] = entry as [string, unknown];
  return sources.includes(key) && isFlat(reference);
}

/** Kubernetes' references hold texts, a divisor and a flag. What is deeper could not even be printed. */
function isFlat(reference: unknown): boolean {
  return (
    isObject(reference) &&
    Object.values(reference).every((value) => value === null || typeof value !== 'object')
  );
}

/** Merges by name; later lists win, and each name keeps the place where it first stood. */
export function mergeEnv(lists: readonly (readonly EnvVar[])[]): EnvVar[] {
  const byName = new Map<string, EnvVar>();
  for (const variable of lists.flat()) byName.set(variable.name, variable);
  return [...byName.values()];
}
