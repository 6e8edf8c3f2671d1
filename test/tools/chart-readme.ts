/**
 * The chart's table of values, made from the comments in values.yaml. `node test/tools/chart-readme.ts` writes it
 * into the chart's README; a unit test fails if the two differ. (helm-docs does the same, as a Go program that a
 * test of Node would have to build first.)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chartFile, readChartValues } from './chart-values.ts';

const begin = '<!-- values: begin (node test/tools/chart-readme.ts) -->';
const end = '<!-- values: end -->';

export function valuesTable(): string {
  const values = readChartValues();
  const rows = values.map(({ path, default: value, doc, isSection }) => {
    const shown = isSection ? '' : `\`${JSON.stringify(value)}\``;
    return `| \`${path.join('.')}\` | ${shown} | ${doc.replaceAll('|', String.raw`\|`)} |`;
  });
  return ['| Value | Default | What |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The README with the table as it should stand. */
export function chartReadmeWithTable(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`the chart's README has no lines "${begin}" and "${end}"`);
  return `${text.slice(0, from)}${begin}\n\n${valuesTable()}\n\n${text.slice(to)}`;
}

export const readChartReadme = (): string => readFileSync(chartFile('README.md'), 'utf8');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(chartFile('README.md'), chartReadmeWithTable(readChartReadme()));
