/** A document through the engine of the command line, as a child process would put it through. */
import { annotateNamespace, annotateWorkload, type InjectOptions } from '../../src/manifests/annotate.ts';
import { parseManifest, valueOf, type Manifest, type Piece } from '../../src/manifests/parse.ts';
import { rewriteManifest, type Finding, type Rewritten } from '../../src/manifests/rewrite.ts';
import { isSameButEmpty, stripNamespace, stripWorkload } from '../../src/manifests/strip.ts';
import { writeInto } from '../../src/manifests/write-in.ts';
import { contextOf } from '../inject/fixtures.ts';

export const context = contextOf({ origin: 'cli', keepsProbes: true });

export function pieceOf(text: string): Piece {
  return { bytes: Buffer.from(text), source: 'in.yaml', line: 0 };
}

export function manifestOf(text: string): Manifest {
  const manifest = parseManifest(pieceOf(text));
  if (manifest === null) throw new Error('the document is empty');
  return manifest;
}

export function readAsKubectl(text: string): unknown {
  const manifest = parseManifest(pieceOf(text));
  const contents = manifest?.document.contents;
  return manifest && contents ? valueOf(manifest, contents) : null;
}

export interface Result {
  readonly text: string;
  readonly findings: readonly Finding[];
}

function resultOf(text: string, rewritten: Rewritten): Result {
  return { text: rewritten.text ?? text, findings: rewritten.findings };
}

export function injectText(text: string, settings: InjectOptions['settings'] = {}, of = context): Result {
  const options = { context: of, settings };
  return resultOf(
    text,
    rewriteManifest(manifestOf(text), {
      change: (manifest, target) =>
        target.type === 'namespace'
          ? annotateNamespace(manifest, target, options)
          : annotateWorkload(manifest, target, options),
    }),
  );
}

export function injectManually(text: string, settings: InjectOptions['settings'] = {}, of = context): Result {
  return resultOf(text, writeInto(manifestOf(text), { context: of, settings }));
}

export function uninjectText(text: string, of = context): Result {
  const options = { context: of, withAnnotations: true };
  return resultOf(
    text,
    rewriteManifest(manifestOf(text), {
      isSame: isSameButEmpty,
      change: (manifest, target) =>
        target.type === 'namespace'
          ? stripNamespace(manifest, target, options)
          : stripWorkload(manifest, target, options),
    }),
  );
}

/** True where `text` can be had from `longer` by leaving bytes out. */
export function isSubsequence(text: string, longer: string): boolean {
  let found = 0;
  for (const character of longer) if (character === text[found]) found += 1;
  return found === text.length;
}

export function problems({ findings }: Result): string[] {
  return findings.filter(({ verdict }) => verdict === 'failed').flatMap(({ details }) => details);
}
