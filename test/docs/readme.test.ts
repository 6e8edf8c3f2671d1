import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { builtInConfig } from '../../src/settings/config-schema.ts';
import { readmeWithTable, readReadme } from '../tools/settings-table.ts';

it('shows the settings as they are declared', () => {
  expect(readReadme()).toBe(readmeWithTable(readReadme()));
});

it('shows the configuration file with its built-in values', () => {
  const blocks = [...readReadme().matchAll(/```yaml\n(?<text>[^]*?)```/gu)].map(
    ({ groups }) => groups!['text']!,
  );
  const configuration = blocks.find((text) => text.startsWith('annotationDomain:'));
  expect(parse(configuration!)).toEqual(builtInConfig);
});

it('names each package that the program runs with', () => {
  const { dependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { dependencies: Record<string, string> };
  const section = readReadme().split('## Dependencies')[1] ?? '';
  for (const name of Object.keys(dependencies)) expect(section).toContain(`\`${name}\``);
});

it('shows recording rules as they are', () => {
  const rules = readFileSync(new URL('../../examples/prometheus/rules.yml', import.meta.url), 'utf8');
  const { groups } = parse(rules) as { groups: { rules: { record: string; expr: string }[] }[] };
  const exprOf = new Map(
    groups.flatMap((group) => group.rules.map(({ record, expr }) => [record, expr.trim()])),
  );
  const [, block = ''] = /```promql\n([^]*?)```/u.exec(readReadme()) ?? [];
  const shown = [...block.matchAll(/^# (?<record>[\w:]+).*\n(?<expr>[^]*?)(?:\n\n|\n$)/gmu)];
  expect(shown).toHaveLength(4);
  for (const { groups: { record, expr } = {} } of shown) expect(exprOf.get(record!)).toBe(expr!.trim());
});

it('lists the metrics that the webhook has', async () => {
  const metrics = readFileSync(new URL('../../src/webhook/metrics.ts', import.meta.url), 'utf8');
  const named = [...readReadme().matchAll(/`(outrigger_admission_\w+)/gu)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(metrics).toContain(`'${name}'`);
});
