import { describe, expect, it } from 'vitest';
import { backdateMs, nextStep, type Policy, type Step } from '../../../src/certs/own/next-step.ts';
import type { Authority, CertificateState, Leaf } from '../../../src/certs/own/state.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2030, 0, 1);
const names = ['outrigger.mesh.svc'];
const policy: Policy = { leafLifeMs: 30 * day, caLifeMs: 360 * day, overlapMs: hour, names, jitter: 0 };

/** One that was made so long ago, and holds for so long from then on. */
function authority(age: number, life = 360 * day): Authority {
  const issuedMs = now - age;
  return { cert: `ca ${age}`, key: 'key', notBeforeMs: issuedMs - backdateMs, notAfterMs: issuedMs + life };
}

const leaf = (age: number, life = 30 * day): Leaf => ({ ...authority(age, life), names });

interface Given extends Partial<Policy> {
  /** How long the bundle has been published. */
  readonly published?: number;
}

function stepOf(stored: CertificateState | undefined, { published, ...others }: Given = {}): Step {
  const publishedSinceMs = published === undefined ? undefined : now - published;
  return nextStep({ stored, publishedSinceMs, nowMs: now }, { ...policy, ...others });
}

const rest = (afterMs: number): Step => ({ kind: 'rest', untilMs: now + afterMs });
const sound = { authority: authority(day), leaf: leaf(day) };
/** Its authority has less than a sixth of its life left. */
const waiting = { authority: authority(310 * day), leaf: leaf(day), next: authority(0) };

describe('the next step', () => {
  it.each<[string, Step, Step]>([
    ['is to create everything if there is nothing', stepOf(undefined), { kind: 'create' }],
    ['is to rest until two thirds of the leaf', stepOf(sound), rest(19 * day)],
    ['is to rest a little longer if jitter says so', stepOf(sound, { jitter: 0.9 }), rest(19.9 * day)],
    ['is a leaf after that', stepOf({ ...sound, leaf: leaf(20 * day) }), { kind: 'issue' }],
    ['is a leaf if there is none', stepOf({ authority: authority(day) }), { kind: 'issue' }],
    ['is a leaf if it has expired', stepOf({ ...sound, leaf: leaf(31 * day) }), { kind: 'issue' }],
    ['is a leaf if it is not valid yet', stepOf({ ...sound, leaf: leaf(-20 * minute) }), { kind: 'issue' }],
    [
      'is no leaf if it was made by a clock 9 minutes ahead',
      stepOf({ ...sound, leaf: leaf(-9 * minute) }),
      rest(20 * day + 9 * minute),
    ],
    ['is a leaf if it lacks a name', stepOf(sound, { names: [...names, 'other'] }), { kind: 'issue' }],
    ['is a leaf if leaves are to live shorter', stepOf(sound, { leafLifeMs: day }), { kind: 'issue' }],
    [
      'is no leaf if a new one could not end later',
      stepOf({ ...waiting, leaf: leaf(25 * day, 75 * day) }),
      rest(300 * day),
    ],
    [
      'is another authority when a sixth of its life is left',
      stepOf({ ...sound, authority: authority(300 * day) }),
      { kind: 'prepare' },
    ],
    ['is none before that', stepOf({ ...sound, authority: authority(299 * day) }), rest(day)],
    [
      'is another authority if it is not valid yet: a clock was wrong',
      stepOf({ ...sound, authority: authority(-20 * minute) }),
      { kind: 'prepare' },
    ],
    [
      'is another next one if it was not used in its time',
      stepOf({ ...waiting, next: authority(310 * day) }, { published: day }),
      { kind: 'prepare' },
    ],
  ])('%s', (_, step, expected) => expect(step).toEqual(expected));
});

describe('the next authority', () => {
  const nobodyTrusts = { ...waiting, leaf: leaf(31 * day), authority: authority(361 * day) };
  const ending = { ...waiting, leaf: leaf(day, day + 90 * minute) };
  it.each<[string, Step, Step]>([
    ['signs nothing before it is published', stepOf(waiting), rest(19 * day)],
    ['signs nothing before the overlap', stepOf(waiting, { published: 59 * minute }), rest(minute)],
    ['signs after the overlap', stepOf(waiting, { published: hour }), { kind: 'switch' }],
    [
      'signs after a minute if the old leaf ends within two overlaps, and gains by it',
      stepOf({ ...ending, authority: authority(360 * day - 90 * minute) }, { published: minute }),
      { kind: 'switch' },
    ],
    [
      'signs not before that minute',
      stepOf({ ...ending, authority: authority(360 * day - 90 * minute) }, { published: 59_000 }),
      rest(1000),
    ],
    [
      'signs at once if nobody can trust what is served',
      stepOf(nobodyTrusts, { published: 0 }),
      { kind: 'switch' },
    ],
    ['signs nothing that nobody could trust, even then', stepOf(nobodyTrusts), rest(300 * day)],
  ])('%s', (_, step, expected) => expect(step).toEqual(expected));
});

describe('a previous authority', () => {
  const previous = { certs: ['old'], untilMs: now + 5 * day };
  it('is trusted as long as a leaf of it lives', () => {
    expect(stepOf({ ...sound, previous })).toEqual(rest(5 * day));
  });
  it('is forgotten then', () => {
    expect(stepOf({ ...sound, previous: { ...previous, untilMs: now } })).toEqual({ kind: 'forget' });
  });
});
