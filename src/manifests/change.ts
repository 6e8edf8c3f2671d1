/** What became of one object of the input, and what is said about it. */
import type { Edit } from './edits.ts';

export type Verdict =
  /** Annotations were written. */
  | 'annotated'
  /** Annotations, containers and volumes were written. */
  | 'injected'
  /** Something of ours was taken out. */
  | 'uninjected'
  /** Nothing had to be done. */
  | 'unchanged'
  /** Left alone because somebody has said so, or because there is nothing to inject. */
  | 'passed'
  /** Cannot be injected, though nobody has said that it should not be. */
  | 'skipped'
  | 'failed';

export interface Change {
  readonly verdict: Verdict;
  /** For the report: what was written, why not, what is wrong. */
  readonly details: readonly string[];
  readonly warnings: readonly string[];
  readonly edits: readonly Edit[];
  /** The object's value afterwards, for the comparison; absent where there are no edits. */
  readonly expected?: () => unknown;
}

export function leave(verdict: Verdict, ...details: string[]): Change {
  return { verdict, details, warnings: [], edits: [] };
}
