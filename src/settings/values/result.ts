/** The outcome of reading a text: the value, or one sentence that quotes what was wrong and says what is allowed. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function bad(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}

const mostErrors = 20;

/**
 * The errors of a list's items as one: what is wrong with each, and then once what is allowed.
 * @param errors each `what is wrong; what is allowed`, as for a single item
 */
export function badItems(errors: readonly string[]): { readonly ok: false; readonly error: string } {
  const distinct = [...new Set(errors)];
  const shown = distinct.slice(0, mostErrors).map((error) => {
    const hint = error.lastIndexOf('; ');
    return hint === -1 ? [error, ''] : [error.slice(0, hint), error.slice(hint)];
  });
  const more = distinct.length > mostErrors ? ` and ${distinct.length - mostErrors} more` : '';
  const faults = shown.map(([fault]) => fault).join(', ');
  return bad(`${faults}${more}${[...new Set(shown.map(([, hint]) => hint))].join('')}`);
}

/** How one kind of value is read. `parse` takes the literal text of an annotation, flag or default. */
export interface ValueType<T> {
  /** The type's name in documentation. */
  readonly name: string;
  parse(text: string): Result<T>;
  /** The most characters that a text may have; most values are a word. */
  readonly maxLength?: number;
  /** True where the value refers to what it overrides (a port list with `default`, a list that is merged). */
  usesInherited?(value: T): boolean;
}

const maxWordLength = 1000;

/** All annotations of an object together may have 256 KiB. */
export const maxListLength = 262_144;

/** Reads a text from outside. Its length is looked at first: what reads it may take more than linear time. */
export function parseText<T>(type: ValueType<T>, text: string): Result<T> {
  const { maxLength = maxWordLength } = type;
  return text.length > maxLength
    ? bad(`${quote(text)} has ${text.length} characters; allowed are ${maxLength}`)
    : type.parse(text);
}

/** Text from outside, quoted for a message and cut to a length that a terminal line bears. */
export function quote(text: string): string {
  return JSON.stringify(cutText(text, 80));
}

/** A text of at most so many characters, its last one `…` if it was cut. No character is cut in half. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/u, '')}…`;
}
