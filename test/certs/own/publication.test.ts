import { describe, expect, it } from 'vitest';
import { createPublication, type TargetView } from '../../../src/certs/own/publication.ts';

const one = (isRight: boolean | undefined): TargetView[] => [{ name: 'injector', isRight }];

describe('a bundle in a configuration', () => {
  it('is published since it was first seen there', () => {
    const publication = createPublication();
    expect(publication.note('a', one(false), 1)).toEqual({ sinceMs: undefined, spoiled: [] });
    expect(publication.note('a', one(true), 2).sinceMs).toBe(2);
    expect(publication.note('a', one(true), 3).sinceMs).toBe(2);
    expect(publication.note('b', one(false), 4)).toEqual({ sinceMs: undefined, spoiled: [] });
  });

  it('that was right and is not any more has been spoiled', () => {
    const publication = createPublication();
    publication.note('a', one(true), 1);
    expect(publication.note('a', one(false), 2)).toEqual({ sinceMs: undefined, spoiled: ['injector'] });
  });

  it('is spoiled as well if it was changed between our writing it and our next look', () => {
    const publication = createPublication();
    publication.note('a', one(false), 1);
    publication.wrote(['injector']);
    expect(publication.note('a', one(false), 2).spoiled).toEqual(['injector']);
    expect(publication.note('a', one(false), 3).spoiled).toEqual([]);
  });

  it('of a configuration that is gone is not spoiled', () => {
    const publication = createPublication();
    publication.note('a', one(true), 1);
    expect(publication.note('a', one(undefined), 2)).toEqual({ sinceMs: 1, spoiled: [] });
  });
});
