/** What the law of time and size is held over: a name, an input for each size, and what reads it. */
import { injectAsText } from '../../src/inject/inject-as-text.ts';
import { inject } from '../../src/inject/inject.ts';
import { isPod } from '../../src/inject/pod-shape.ts';
import type { Pod } from '../../src/kubernetes.types.ts';
import { maxProblems, maxWarnings } from '../../src/messages.ts';
import { settingKeys } from '../../src/settings/table.ts';
import { injected, rejected, skipped, unchanged } from '../../src/webhook/respond.ts';
import { contextOf, namespaceOf, patched, podOf, settings } from '../inject/fixtures.ts';
import { growingPods, type Growing } from './pods.ts';
import { growingTexts } from './texts.ts';

export interface Subject {
  readonly name: string;
  /** Made outside of what is measured. */
  readonly input: (bytes: number) => unknown;
  /** @throws where an answer breaks a bound */
  readonly work: (input: never) => void;
}

const subject = <T>(name: string, input: (bytes: number) => T, work: (input: T) => void): Subject => ({
  name,
  input,
  work,
});

/** A body as the API server would send it: text, so that nothing is shared. */
const wire = (growing: Growing): Growing => JSON.parse(JSON.stringify(growing)) as Growing;

const maxAnswerBytes = 2 ** 20 + 2 ** 19; // 1 MiB of patch in base64, and what stands around it

/** A review of the pod, one of what becomes of it, and the answers. */
function review({ pod, namespace = {} }: Growing): void {
  if (!isPod(pod)) throw new Error('not a pod');
  const context = contextOf();
  const outcome = injectAsText(pod, namespaceOf(namespace), context);
  answer(outcome);
  if (outcome.kind !== 'inject') return;
  answer(injectAsText(patched(pod, outcome), namespaceOf(namespace), context));
}

function answer(outcome: ReturnType<typeof injectAsText>): void {
  const { body } = responseTo(outcome);
  if (body.length > maxAnswerBytes) throw new Error(`an answer of ${body.length} bytes`);
  if (outcome.kind === 'inject') bounded(outcome.warnings, 3 * maxWarnings);
  if (outcome.kind === 'reject') bounded(outcome.problems, 4 * maxProblems);
}

function responseTo(outcome: ReturnType<typeof injectAsText>) {
  switch (outcome.kind) {
    case 'inject':
      return injected('uid', outcome.patch, outcome.warnings);
    case 'skip':
      return skipped('uid', outcome.reasons);
    case 'reject':
      return rejected('uid', outcome.problems);
    case 'unchanged':
      return unchanged('uid');
  }
}

function bounded(said: readonly { readonly message: string }[], most: number): void {
  const longest = Math.max(0, ...said.map(({ message }) => message.length));
  if (said.length > most || longest > 500) throw new Error(`${said.length} sentences, one of ${longest}`);
}

/** The command line's way: the namespace is not known, nothing is kept. */
function injectLocally({ pod }: Growing): void {
  inject(pod, null, contextOf({ origin: 'cli' }));
}

const ofPods = Object.entries(growingPods).flatMap(([name, grow]) => [
  subject(`${name}: review`, (bytes) => wire(grow(bytes)), review),
  subject(`${name}: inject`, (bytes) => wire(grow(bytes)), injectLocally),
]);

const ofTexts = Object.entries(growingTexts).map(([name, grow]) =>
  subject(
    `each setting is ${name}`,
    (bytes): readonly Pod[] => settingKeys.map((key) => podOf(settings({ [key]: grow(bytes) }))),
    (pods) => {
      const context = contextOf();
      for (const pod of pods) answer(injectAsText(pod, namespaceOf(), context));
    },
  ),
);

export const subjects: readonly Subject[] = [...ofPods, ...ofTexts];
