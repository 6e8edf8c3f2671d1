/** Which event an outcome is worth. Its text comes from the tables of reasons and problems alone, not from the pod. */
import type { TextOutcome } from '../inject/inject-as-text.ts';
import type { Outcome } from '../inject/inject.ts';
import { isSurprising, reasonSentences } from '../inject/reasons.ts';
import type { ReviewEvent } from './dependencies.ts';

type EventOf = Pick<ReviewEvent, 'reason' | 'type' | 'message'>;

/** Undefined where nobody needs to be told: a pod that nobody asked to inject, a second call. */
export function eventOf(outcome: Outcome | TextOutcome): EventOf | undefined {
  switch (outcome.kind) {
    case 'inject':
      return outcome.warnings.some(({ code }) => code === 'pod_security')
        ? { reason: 'Injected', type: 'Warning', message: `proxy added; ${podSecurityText}` }
        : { reason: 'Injected', type: 'Normal', message: 'proxy and init container added' };
    case 'skip':
      return outcome.reasons.some(isSurprising)
        ? {
            reason: 'InjectionSkipped',
            type: 'Warning',
            message: `no proxy added: ${outcome.reasons.map((reason) => reasonSentences[reason]).join('; ')}`,
          }
        : undefined;
    case 'reject':
      return {
        reason: 'InjectionRejected',
        type: 'Warning',
        message: `pod refused: ${[...new Set(outcome.problems.map(({ code }) => code))].join(', ')}; see the pod's own error for the details`,
      };
    case 'unchanged':
      return undefined;
  }
}

const podSecurityText =
  "but the namespace's pod security level refuses its init container, which needs NET_ADMIN and NET_RAW";
