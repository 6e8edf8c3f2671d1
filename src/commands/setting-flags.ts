/** A flag for every setting of the table, by its own name. */
import { OutriggerError } from '../errors.ts';
import { rowOf, settingKeys, type SettingKey } from '../settings/table.ts';
import type { Flag } from './flags.ts';

export const settingFlags = Object.fromEntries(
  settingKeys.map((key): [SettingKey, Flag & { readonly value: string }] => {
    const { type, doc } = rowOf(key);
    return [key, { value: valueWord(type.name), mayBeEmpty: true, doc }];
  }),
) as Readonly<Record<SettingKey, Flag & { readonly value: string }>>;

/** `port list` is PORTS, `Always, IfNotPresent, Never` is Always|IfNotPresent|Never. */
function valueWord(typeName: string): string {
  const words: Readonly<Record<string, string>> = {
    'port list': 'PORTS',
    'list of subnets': 'SUBNETS',
    boolean: 'true|false',
    'boolean or auto': 'true|false|auto',
    'JSON list of environment variables': 'JSON',
    'image tag': 'TAG',
    'log level': 'LEVEL',
  };
  return (
    words[typeName] ?? (typeName.includes(', ') ? typeName.replaceAll(', ', '|') : typeName.toUpperCase())
  );
}

/**
 * The settings among the flags, each judged by its own parser: a mistake is told before any file is read.
 * @throws OutriggerError with code `usage` that names every bad value
 */
export function settingsFrom(
  values: Partial<Readonly<Record<string, string | true>>>,
): Partial<Readonly<Record<SettingKey, string>>> {
  const given = settingKeys.flatMap((key): [SettingKey, string][] => {
    const text = values[key];
    return typeof text === 'string' ? [[key, text]] : [];
  });
  const errors = given.flatMap(([key, text]) => {
    const result = rowOf(key).type.parse(text);
    return result.ok ? [] : [`--${key}: ${result.error}`];
  });
  if (errors.length > 0) throw new OutriggerError('usage', errors.join('\n'));
  return Object.fromEntries(given);
}
