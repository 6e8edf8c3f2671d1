import { readFileSync, writeFileSync } from 'node:fs';
import { formatRows, type Row } from './table.ts';

/** Prints a benchmark's rows; with WRITE=1 they also replace README's table of that name. */
export function reportFigures(name: string, rows: readonly Row[]): void {
  const table = formatRows(rows);
  process.stdout.write(`${table}\n`);
  if (process.env['WRITE'] === '1') writeIntoReadme(name, table);
}

function writeIntoReadme(name: string, table: string): void {
  const readme = new URL('../../README.md', import.meta.url);
  const text = readFileSync(readme, 'utf8');
  const begin = text.indexOf('\n', text.indexOf(`<!-- figures of ${name}: begin`)) + 1;
  const end = text.indexOf(`<!-- figures of ${name}: end -->`);
  if (begin === 0 || end < begin) throw new Error(`README has no table of figures named "${name}"`);
  writeFileSync(readme, `${text.slice(0, begin)}${table}\n${text.slice(end)}`);
}
