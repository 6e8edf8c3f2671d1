/**
 * The JSON text of rendered containers, which is most of a patch and the same for thousands of pods: written
 * once, found again by the object's identity.
 */
const texts = new WeakMap<object, string>();

/** Writes a value down once. It must not change afterwards. */
export function rememberText(value: object): void {
  texts.set(value, JSON.stringify(value));
}

export function jsonText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  return Array.isArray(value) ? `[${value.map(jsonText).join(',')}]` : JSON.stringify(value);
}
