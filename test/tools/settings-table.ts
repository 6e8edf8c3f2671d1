/**
 * README's table of annotations, made from the settings table. `node test/tools/settings-table.ts` writes it into
 * README; a unit test fails where the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { rowOf, settingKeys, type SettingKey } from '../../src/settings/table.ts';

const readme = new URL('../../README.md', import.meta.url);
const begin = '<!-- settings table: begin (node test/tools/settings-table.ts) -->';
const end = '<!-- settings table: end -->';

export function settingsTable(): string {
  const rows = settingKeys.map((key) => {
    const { type, scope, doc } = rowOf(key);
    const podOnly = scope === 'pod' ? ' (pods only)' : '';
    return `| \`${key}\` | ${type.name} | ${defaultOf(key)} | ${doc}${podOnly} |`;
  });
  return ['| `config.linkerd.io/…` | Type | Default | Effect |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function defaultOf(key: SettingKey): string {
  const text = envoy.defaults[key] ?? rowOf(key).default;
  return text === null || text === '' ? 'none' : `\`${text.replaceAll(',', ', ')}\``;
}

/** README with the table as it should stand. */
export function readmeWithTable(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`README has no lines "${begin}" and "${end}"`);
  return `${text.slice(0, from)}${begin}\n${settingsTable()}\n${text.slice(to)}`;
}

export function readReadme(): string {
  return readFileSync(readme, 'utf8');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(readme, readmeWithTable(readReadme()));
