/**
 * Scalars of flow YAML, so that YAML 1.2 readers and Envoy's yaml-cpp get the same value. yaml-cpp reads YAML
 * 1.1's booleans (`y`, `on`), octal and hexadecimal integers in plain scalars; in quotes everything is a string.
 */

/** Letters first, then letters, digits and punctuation that no YAML grammar gives a meaning in flow context. */
const plainForm = /^[A-Za-z/][\w./-]*$/u;

/** Durations and IPv4 addresses may begin with a digit: no number ends in a unit or has two dots. */
const digitsForm = /^(?:\d+(?:\.\d+)?m?s|\d+(?:\.\d+){2,})$/u;

/**
 * Words that some YAML reader takes for a boolean, null or number (`infinity` and `nan` are yaml-cpp's floats, and
 * `E0` is an exponent that has lost its number).
 */
const reservedWords = /^(?:y|n|yes|no|true|false|on|off|null|nan|inf|infinity|e[\d.]*)$/iu;

/** What single quotes may hold on one line; all else needs escapes. (U+FEFF, U+2028 and U+2029 are left out.) */
const printable =
  /^[\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

const unprintable =
  /[^\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * The shortest safe form of a text once it stands in JSON: plain, else in single quotes, which JSON does not
 * escape, else in double quotes.
 */
export function printString(text: string): string {
  if (digitsForm.test(text) || (plainForm.test(text) && !reservedWords.test(text))) return text;
  if (printable.test(text)) return `'${text.replaceAll("'", "''")}'`;
  // JSON's escapes are YAML's too; what JSON leaves bare and YAML does not print becomes one as well.
  return JSON.stringify(text).replaceAll(unprintable, escapeUnit);
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
