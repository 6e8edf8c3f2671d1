/** What `--diff` prints: a unified diff for each document that changes, with the line numbers of its file. */
import { structuredPatch, type StructuredPatchHunk } from 'diff';
import { styleText } from 'node:util';
import type { ManifestOutput } from './manifest-output.ts';

export function createDiffOutput(hasColours: boolean): ManifestOutput {
  const lines: string[] = [];
  let shown: string | undefined;
  /** By how many lines what was changed so far has grown. */
  let growth = 0;
  return {
    add({ piece, manifest, text }) {
      if (manifest === null || text === undefined) return;
      const { source } = piece;
      if (source !== shown) {
        lines.push(`--- ${source}`, `+++ ${source} (changed)`);
        growth = 0;
      }
      shown = source;
      const { hunks } = structuredPatch(source, source, manifest.text, text, '', '', { context: 3 });
      for (const hunk of hunks) lines.push(headOf(hunk, piece.line, growth), ...hunk.lines);
      growth += hunks.reduce((sum, { newLines, oldLines }) => sum + newLines - oldLines, 0);
    },
    async writeTo(stdout) {
      const painted = hasColours ? lines.map(paint) : lines;
      if (painted.length > 0) stdout.write(`${painted.join('\n')}\n`);
    },
  };
}

function headOf(hunk: StructuredPatchHunk, before: number, growth: number): string {
  const old = `${hunk.oldStart + before},${hunk.oldLines}`;
  return `@@ -${old} +${hunk.newStart + before + growth},${hunk.newLines} @@`;
}

function paint(line: string): string {
  const style = /^(?:---|\+\+\+) /u.test(line)
    ? 'bold'
    : line.startsWith('+')
      ? 'green'
      : line.startsWith('-')
        ? 'red'
        : line.startsWith('@@')
          ? 'cyan'
          : 'reset';
  return styleText(style, line, { validateStream: false });
}
