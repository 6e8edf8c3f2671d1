import { closestMatch } from 'leven';

/** The known word that a mistyped one was most likely meant to be, or undefined where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const cut = word.slice(0, 64); // the distance is quadratic in the length, and the word comes from outside
  return closestMatch(cut, [...known], { maxDistance: Math.max(2, Math.floor(cut.length / 3)) });
}
