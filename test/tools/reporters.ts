import path from 'node:path';

/** The usual report, and in CI the results as a file for `sum-results.ts`. */
export function reportersFor(tier: string): (string | [string, { outputFile: string }])[] {
  const folder = process.env['OUTRIGGER_RESULTS'];
  return folder === undefined
    ? ['default']
    : ['default', ['json', { outputFile: path.join(folder, `${tier}.json`) }]];
}
