/** One figure: what was measured, what it was, and what it is to reach. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly reach: string;
  readonly ok: boolean;
}

/** As a table in Markdown, the form in which README shows it. */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, measured, reach, ok }) => `| ${what} | ${measured} | ${reach} | ${ok ? 'yes' : 'no'} |`,
  );
  return ['| What | Measured | To reach | Reached |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
