/**
 * The installation's own settings: one YAML file with a closed schema, read at start with all its problems at
 * once. The chart renders it from values of the same shape.
 */
import { configErrors, configSchema } from './config-errors.ts';
import { isObject } from '../is-object.ts';
import { builtInConfig, type Config } from './config-schema.ts';
import { readValues, type ReadInstallation } from './config-values.ts';
import type { SettingKey } from './table.ts';

export type { Installation } from './config-values.ts';

/**
 * Checks a configuration and completes it.
 * @param given the parsed YAML; null or undefined for an empty file
 * @param backendDefaults defaults of the backend, which stand between the table's and the installation's
 * @returns the installation, or one line for each thing that is wrong
 */
export function readInstallation(
  given: unknown,
  backendDefaults: Partial<Readonly<Record<SettingKey, string>>>,
): ReadInstallation {
  const completed = complete(builtInConfig, given);
  const errors = configErrors(completed);
  const values = readValues(soundSections(completed), backendDefaults);
  if (errors.length === 0) return values;
  return { ok: false, errors: [...errors, ...(values.ok ? [] : values.errors)] };
}

/** What can be judged although something has the wrong shape: the sections that are right, and built-in ones for the others. */
function soundSections(completed: unknown): Config {
  const given = isObject(completed) ? completed : {};
  const sections = Object.entries(builtInConfig).map(([name, builtIn]) => {
    const schema = configSchema.properties[name as keyof Config];
    return [name, configErrors(given[name], schema, name).length === 0 ? given[name] : builtIn] as const;
  });
  return Object.fromEntries(sections) as Config;
}

/** Sections are merged, everything else is replaced. Scalars in `defaults` become text, as YAML authors write ports bare. */
function complete(base: unknown, given: unknown, path = ''): unknown {
  if (given === null || given === undefined) return base;
  if (!isObject(base) || !isObject(given)) return given;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(given)) {
    const scalarDefault = path === 'defaults' && (typeof value === 'number' || typeof value === 'boolean');
    merged.set(key, scalarDefault ? String(value) : complete(merged.get(key), value, key));
  }
  return Object.fromEntries(merged);
}
