import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/inject/inject.ts';
import { inject } from '../../src/inject/inject.ts';
import { isSurprising, reasonCodes, reasonSentences } from '../../src/inject/reasons.ts';
import { problem } from '../../src/messages.ts';
import { eventOf } from '../../src/webhook/pod-events.ts';
import { contextOf, namespaceOf, podOf } from '../inject/fixtures.ts';

describe('the event of an outcome', () => {
  it('an injection is told', () => {
    const outcome = inject(podOf(), namespaceOf(), contextOf());
    expect(eventOf(outcome)).toEqual({
      reason: 'Injected',
      type: 'Normal',
      message: 'proxy and init container added',
    });
  });

  it('an injection that pod security will undo is a warning', () => {
    const namespace = namespaceOf({}, { 'pod-security.kubernetes.io/enforce': 'restricted' });
    const event = eventOf(inject(podOf(), namespace, contextOf()));
    expect(event).toMatchObject({ reason: 'Injected', type: 'Warning' });
    expect(event?.message).toContain('pod security');
  });

  it.each(reasonCodes.filter(isSurprising))('a pod skipped for %s is told, with the sentence', (reason) => {
    expect(eventOf({ kind: 'skip', reasons: [reason] })).toEqual({
      reason: 'InjectionSkipped',
      type: 'Warning',
      message: `no proxy added: ${reasonSentences[reason]}`,
    });
  });

  it.each(reasonCodes.filter((reason) => !isSurprising(reason)))('a pod skipped for %s is not', (reason) => {
    expect(eventOf({ kind: 'skip', reasons: [reason] })).toBeUndefined();
  });

  it('a pod skipped for several reasons is told all of them, if one of them surprises', () => {
    const event = eventOf({ kind: 'skip', reasons: ['not_enabled', 'host_network'] });
    expect(event?.message).toBe(
      `no proxy added: ${reasonSentences.not_enabled}; ${reasonSentences.host_network}`,
    );
  });

  it('a rejection is told by its codes, not by what the pod said', () => {
    const problems = [
      problem('unknown_port_name', { place: 'pod', key: 'SECRET', name: 'SECRET', known: ['SECRET'] }),
      problem('uid_clash', { container: 'SECRET', uid: 1 }),
    ];
    const event = eventOf({ kind: 'reject', problems });
    expect(event).toMatchObject({ reason: 'InjectionRejected', type: 'Warning' });
    expect(event?.message).toContain('unknown_port_name, uid_clash');
    expect(event?.message).not.toContain('SECRET');
  });

  it('a second call is not told', () => {
    expect(eventOf({ kind: 'unchanged' } as Outcome)).toBeUndefined();
  });
});
