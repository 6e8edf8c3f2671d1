import type { Place } from '../../messages.ts';

const words: Readonly<Record<Place, string>> = {
  pod: 'pod annotation',
  namespace: 'namespace annotation',
  installation: "installation's setting",
  'built-in': 'built-in default',
};

/** Where a setting's text stands, in words. */
export function placeWord({ place, key }: { readonly place: Place; readonly key: string }): string {
  return place === 'built-in' ? words[place] : `${words[place]} ${key}`;
}
