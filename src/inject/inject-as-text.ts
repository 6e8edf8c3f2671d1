/**
 * `inject` for a response, which carries the patch as text. Pods come in thousands of copies of few templates, so
 * the text is made from a view of the pod that leaves out what it does not depend on, and kept by that view.
 * (Rows of copies and of new templates in test/bench/throughput.ts.)
 */
import { LRUCache } from 'lru-cache';
import type { Namespace, Pod } from '../kubernetes.types.ts';
import { problem, type Warning } from '../messages.ts';
import { addedAnnotationBytes, annotationProblems } from './annotation-size.ts';
import type { InjectContext } from './context.ts';
import { complete, open, type Opened, type Outcome, type Rejected } from './inject.ts';
import { viewOf } from './pod-view.ts';
import { podSecurityWarnings } from './plan.ts';

/** An injection as a response carries it. */
export interface InjectedText {
  readonly kind: 'inject';
  /** JSON Patch in base64. */
  readonly patch: string;
  /** How many bytes it adds to the pod's annotations. */
  readonly addedBytes: number;
  readonly warnings: readonly Warning[];
}

export type TextOutcome = Exclude<Outcome, { kind: 'inject' }> | InjectedText;

export type PatchCache = LRUCache<string, InjectedText>;

/** Some 80 templates of usual size. Both texts may take two bytes a character. */
const kept = {
  maxSize: 6_000_000,
  maxEntrySize: 300_000,
  sizeCalculation: ({ patch, warnings }: InjectedText, key: string): number =>
    2 * (key.length + patch.length + warnings.reduce((length, { message }) => length + message.length, 0)),
};

export function createPatchCache(): PatchCache {
  return new LRUCache(kept);
}

/** No pod of a person's comes near it: a default patch takes 20 kB. */
const maxPatchBytes = 2 ** 20;

/** @param pod as it was received */
export function injectAsText(pod: Pod, namespace: Namespace, context: InjectContext): TextOutcome {
  const opened = open(pod, namespace, context);
  if (opened.kind !== 'open') return opened;
  const outcome = opened.previous
    ? asText(complete(opened, namespace, context), pod)
    : ofTemplate(opened, namespace, context);
  const tooLarge = outcome.kind === 'inject' ? annotationProblems(pod, outcome.addedBytes) : [];
  return tooLarge.length > 0 ? { kind: 'reject', problems: tooLarge } : outcome;
}

/** What all pods with this view get. */
function ofTemplate({ original }: Opened, namespace: Namespace, context: InjectContext): TextOutcome {
  const text = JSON.stringify(viewOf(original, context.installation.keys));
  const key = text + textOf(namespace, context);
  const known = context.patches?.get(key);
  if (known) return known;
  // Read back, so that fields without a value are absent and the text is all that the result can depend on.
  const view = JSON.parse(text) as Pod;
  const opened = { kind: 'open', received: view, original: view, previous: null } as const;
  const outcome = asText(complete(opened, namespace, context), view);
  if (outcome.kind === 'inject') context.patches?.set(key, outcome);
  return outcome;
}

/** What the result depends on besides the pod; the installation's settings have a cache of their own. */
function textOf(namespace: Namespace, { cluster, origin, version }: InjectContext): string {
  return JSON.stringify([namespace.annotations, podSecurityWarnings(namespace), cluster, origin, version]);
}

function asText(outcome: Outcome, before: Pod): TextOutcome {
  if (outcome.kind !== 'inject') return outcome;
  const json = Buffer.from(JSON.stringify(outcome.patch));
  if (json.length > maxPatchBytes) return tooLarge(json.length);
  return {
    kind: 'inject',
    patch: json.toString('base64'),
    addedBytes: addedAnnotationBytes(before, outcome.pod),
    warnings: outcome.warnings,
  };
}

function tooLarge(bytes: number): Rejected {
  return { kind: 'reject', problems: [problem('patch_too_large', { bytes, most: maxPatchBytes })] };
}
