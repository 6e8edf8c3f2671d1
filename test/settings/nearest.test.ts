import { expect, it } from 'vitest';
import { nearest } from '../../src/settings/nearest.ts';

it.each([
  ['enabld', 'enabled'],
  ['true', undefined],
  ['', undefined],
  ['DISABLED', undefined],
])('the word nearest to %j is %s', (word, expected) => {
  expect(nearest(word, ['enabled', 'disabled', 'ingress'])).toBe(expected);
});

it('a word of any length is answered at once', () => {
  expect(nearest('x'.repeat(1_000_000), ['enabled'])).toBeUndefined();
});
