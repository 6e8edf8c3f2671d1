/**
 * The installation's own settings: one YAML file with a closed schema, read at start with all its problems at
 * once. The chart renders it from values of the same shape.
 */
import { Type, type TSchema } from 'typebox';
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
 * @param written the same YAML with the text of each number and boolean in its place
 * @returns the installation, or one line for each thing that is wrong
 */
export function readInstallation(
  given: unknown,
  backendDefaults: Partial<Readonly<Record<SettingKey, string>>>,
  written: unknown = given,
): ReadInstallation {
  const completed = complete(builtInConfig, asWritten(given, written, configSchema));
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

/** Where a text is wanted, a number or a boolean is one as its author wrote it: `2.40`, `010`, `1e3`. */
function asWritten(given: unknown, written: unknown, schema: TSchema): unknown {
  if (Type.IsString(schema)) {
    const isBare = typeof given === 'number' || typeof given === 'boolean' || typeof given === 'bigint';
    return isBare ? String(written) : given;
  }
  if (Type.IsArray(schema) && Array.isArray(given) && Array.isArray(written))
    return given.map((item, index) => asWritten(item, written[index], schema.items));
  if (!isObject(given) || !isObject(written)) return given;
  const entries = Object.entries(given).map(([key, value]) => {
    const child = childOf(schema, key);
    return [key, child === undefined ? value : asWritten(value, written[key], child)] as const;
  });
  return Object.fromEntries(entries);
}

function childOf(schema: TSchema, key: string): TSchema | undefined {
  if (Type.IsRecord(schema)) return Object.values(schema.patternProperties)[0];
  if (!Type.IsObject(schema)) return undefined;
  return Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}

/** Sections are merged, everything else is replaced. */
function complete(base: unknown, given: unknown): unknown {
  if (given === null || given === undefined) return base;
  if (!isObject(base) || !isObject(given)) return given;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(given)) merged.set(key, complete(merged.get(key), value));
  return Object.fromEntries(merged);
}
