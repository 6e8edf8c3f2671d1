import { describe, expect, it } from 'vitest';
import { createPublication, type TargetView } from '../../../src/certs/own/publication.ts';

const one = (isRight: boolean | undefined): TargetView[] => [{ name: 'injector', isRight }];

describe('a bundle in a configuration', () => {
  it('is published since it was first seen there', () => {
    const publication = createPublication();
    expect(publication.note('a', one(false), 1)).toBeUndefined();
    expect(publication.note('a', one(true), 2)).toBe(2);
    expect(publication.note('a', one(true), 3)).toBe(2);
    expect(publication.note('b', one(false), 4)).toBeUndefined();
  });

  it('that is written for the first time repairs nothing, then it does', () => {
    const publication = createPublication();
    publication.note('a', one(false), 1);
    expect(publication.wrote(['injector'])).toEqual([]);
    publication.note('a', one(false), 2);
    expect(publication.wrote(['injector'])).toEqual(['injector']);
    publication.note('b', one(false), 3);
    expect(publication.wrote(['injector'])).toEqual([]);
  });

  it('that was right at any time is repaired by whoever writes it, however often others were faster', () => {
    const publication = createPublication();
    publication.note('a', one(true), 1);
    publication.note('a', one(false), 2);
    publication.note('a', one(false), 3);
    expect(publication.wrote(['injector'])).toEqual(['injector']);
  });

  it('of a configuration that is gone is not missed', () => {
    const publication = createPublication();
    publication.note('a', one(true), 1);
    expect(publication.note('a', one(undefined), 2)).toBe(1);
  });
});
