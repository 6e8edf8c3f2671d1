/** What `inject` and `uninject` have in common: read everything, change it, report, and only then write. */
import { OutriggerError } from '../errors.ts';
import { parseManifest, type Manifest, type Piece } from '../manifests/parse.ts';
import type { Finding, Rewritten } from '../manifests/rewrite.ts';
import type { Terminal } from './command.ts';
import type { ManifestOutput } from './manifest-output.ts';
import { readPieces, type ManifestSource } from './manifest-sources.ts';
import { createProgress, type Progress } from './progress.ts';

export interface Run {
  readonly sources: readonly ManifestSource[];
  readonly rewrite: (manifest: Manifest) => Rewritten;
  readonly output: ManifestOutput;
  /** The line of the report about one object; undefined where there is nothing to say. */
  readonly reportOn: (finding: Finding) => string | undefined;
  /** The error that a finding is; undefined where it is none. */
  readonly errorIn: (finding: Finding) => string | undefined;
  readonly isQuiet: boolean;
}

/**
 * Output is written when all of the input has been changed.
 * @throws OutriggerError `file` with one line for everything that is wrong
 */
export async function rewriteManifests(run: Run, terminal: Terminal): Promise<void> {
  const progress = createProgress(terminal);
  const tally: Tally = { documents: 0, errors: [], report: [] };
  for (const source of run.sources)
    await collectErrors(tally, async () => {
      for await (const piece of readPieces(source))
        await collectErrors(tally, () => add(run, piece, tally, progress));
    });
  progress.end();
  if (tally.errors.length === 0 && tally.documents === 0)
    tally.errors.push(
      `${run.sources.map(({ name }) => name).join(', ')}: no document in it; is it the right file?`,
    );
  if (!run.isQuiet) for (const line of tally.report) terminal.stderr.write(`${line}\n`);
  if (tally.errors.length > 0) throw new OutriggerError('file', tally.errors.join('\n'));
  await run.output.writeTo(terminal.stdout);
}

interface Tally {
  documents: number;
  readonly errors: string[];
  readonly report: string[];
}

function add(run: Run, piece: Piece, tally: Tally, progress: Progress): void {
  const manifest = parseManifest(piece);
  const { findings, text } = manifest === null ? { findings: [], text: undefined } : run.rewrite(manifest);
  if (manifest !== null) tally.documents += 1;
  progress.tell(tally.documents);
  for (const finding of findings) {
    const error = run.errorIn(finding);
    const line = error === undefined && !run.isQuiet ? run.reportOn(finding) : undefined;
    if (error !== undefined) tally.errors.push(error);
    if (line !== undefined) tally.report.push(line);
    tally.report.push(...finding.warnings.map((warning) => `${objectAt(finding)}: warning: ${warning}`));
  }
  if (tally.errors.length === 0) run.output.add({ piece, manifest, text });
}

/** One document or file that cannot be read does not hide what is wrong with the others. */
async function collectErrors(tally: Tally, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OutriggerError)) throw error;
    tally.errors.push(error.message);
  }
}

/** For the beginning of a line: the place and the name. */
export function objectAt({ place, object }: Finding): string {
  return `${place}: ${object}`;
}

/** A problem each on a line of its own; one that names its place already needs no other. */
export function failureIn(finding: Finding): string | undefined {
  if (finding.verdict !== 'failed') return undefined;
  const [file = ''] = finding.place.split(/:\d+:\d+$/u);
  return finding.details
    .map((line) => (line.startsWith(`${file}:`) ? line : `${objectAt(finding)}: ${line}`))
    .join('\n');
}
