/** One document, changed: its objects, the edits of each, and a second look where they may do something else. */
import { isDeepStrictEqual } from 'node:util';
import { OutriggerError } from '../errors.ts';
import { leave, type Change } from './change.ts';
import { applyEdits } from './edits.ts';
import { mistakeAt, parseManifest, placeOf, valueOf, type Manifest } from './parse.ts';
import { findTargets, type Target } from './targets.ts';
import { asDecoded } from './decoded.ts';
import { withValueIn } from './values.ts';

/** One object of the input and what became of it. */
export interface Finding extends Pick<Change, 'verdict' | 'details' | 'warnings'> {
  /** `file.yaml:12:1` */
  readonly place: string;
  /** `deployment/web`, with its namespace where the object names one. */
  readonly object: string;
}

export interface Rewritten {
  readonly findings: readonly Finding[];
  /** The whole document's text; undefined where nothing changes. */
  readonly text: string | undefined;
}

export interface Rewriting {
  readonly change: (manifest: Manifest, target: Target) => Change;
  /**
   * Whether two values mean the same; default: whether they are equal. Given where something is taken out, which
   * may leave what is no YAML: then the result is read again however plain the text is.
   */
  readonly isSame?: (one: unknown, other: unknown) => boolean;
}

export function rewriteManifest(manifest: Manifest, rewriting: Rewriting): Rewritten {
  const targets = findTargets(manifest);
  const changes = targets.map((target) => ({ target, change: changeOne(manifest, target, rewriting) }));
  const findings = changes.map(({ target, change }) => findingOf(manifest, target, change));
  const edits = changes.flatMap(({ change }) => change.edits);
  if (edits.length === 0) return { findings, text: undefined };
  const text = applyEdits(manifest.text, edits);
  if (manifest.isIntricate || rewriting.isSame) compare(manifest, text, changes, rewriting);
  return { findings, text };
}

/** What is wrong with one object is a finding, so that all others are looked at as well. */
function changeOne(manifest: Manifest, target: Target, rewriting: Rewriting): Change {
  try {
    return rewriting.change(manifest, target);
  } catch (error) {
    if (error instanceof OutriggerError) return leave('failed', error.message);
    throw error;
  }
}

function findingOf(manifest: Manifest, target: Target, change: Change): Finding {
  const { verdict, details, warnings } = change;
  const { kind, name, namespace } = target;
  return {
    place: placeOf(manifest, target.offset),
    object: `${kind.toLowerCase()}/${name}${namespace === undefined ? '' : ` in ${namespace}`}`,
    verdict,
    details,
    warnings,
  };
}

function compare(
  manifest: Manifest,
  text: string,
  changes: readonly { readonly target: Target; readonly change: Change }[],
  { isSame = isDeepStrictEqual }: Rewriting,
): void {
  const expected = changes.reduce<unknown>(
    (root, { target, change }) =>
      change.edits.length === 0 ? root : withValueIn(root, target.location, change.expected?.()),
    rootValue(manifest),
  );
  if (!isSame(asDecoded(readAgain(manifest, text)), asDecoded(expected)))
    throw mistakeAt(
      manifest,
      changes[0]?.target.offset ?? 0,
      'this cannot be written here without changing something else; write annotations and labels out in this document, without anchors, aliases and merges',
    );
}

/** What was written, as it will be read; undefined where it cannot be. */
function readAgain(manifest: Manifest, text: string): unknown {
  try {
    const again = parseManifest({ ...manifest.piece, bytes: Buffer.from(text) });
    return again === null ? undefined : rootValue(again);
  } catch (error) {
    if (error instanceof OutriggerError) return undefined;
    throw error;
  }
}

function rootValue(manifest: Manifest): unknown {
  const { contents } = manifest.document;
  return contents === null ? null : valueOf(manifest, contents);
}
