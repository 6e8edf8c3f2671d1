/**
 * A patch in the form in which a response carries it: JSON, in base64.
 *
 * Most of it are the rendered containers, which are the same for thousands of pods. Base64 turns three bytes into
 * four characters, so texts whose lengths are multiples of three can be encoded apart and put together; JSON
 * allows the spaces that it takes to fill them up. So a frozen value is encoded once and found again by its
 * identity, and the rest is a few hundred bytes.
 */
import type { Patch } from '../inject/diff.ts';

/** Base64 text: as ASCII bytes where it is kept, as a string where it was made for this patch. */
export type Encoded = Buffer | string;

const encodedValues = new WeakMap<object, Buffer>();

/** @returns pieces of base64 text that are to be put together */
export function encodePatch(patch: Patch): readonly Encoded[] {
  const pieces = new Pieces();
  pieces.text('[');
  for (const [index, operation] of patch.entries()) {
    if (index > 0) pieces.text(',');
    if (operation.op === 'add' || operation.op === 'replace') {
      pieces.text(`{"op":"${operation.op}","path":${JSON.stringify(operation.path)},"value":`);
      pieces.value(operation.value);
      pieces.text('}');
    } else pieces.text(JSON.stringify(operation));
  }
  pieces.text(']');
  return pieces.finish();
}

/** Text that is still to be encoded, between values that already are. */
class Pieces {
  readonly #encoded: Encoded[] = [];
  #text = '';

  text(text: string): void {
    this.#text += text;
  }

  value(value: unknown): void {
    if (Array.isArray(value)) this.#list(value);
    else if (typeof value === 'object' && value !== null && Object.isFrozen(value)) {
      this.#encoded.push(encode(this.#text), encodeOnce(value));
      this.#text = '';
    } else this.#text += JSON.stringify(value);
  }

  finish(): readonly Encoded[] {
    return [...this.#encoded, encode(this.#text)];
  }

  #list(values: readonly unknown[]): void {
    this.#text += '[';
    for (const [index, value] of values.entries()) {
      if (index > 0) this.#text += ',';
      this.value(value);
    }
    this.#text += ']';
  }
}

function encodeOnce(value: object): Buffer {
  const known = encodedValues.get(value);
  if (known !== undefined) return known;
  const encoded = Buffer.from(encode(JSON.stringify(value)), 'latin1');
  encodedValues.set(value, encoded);
  return encoded;
}

/** Filled up with spaces to a multiple of three bytes, so that nothing is padded inside. */
function encode(text: string): string {
  const bytes = Buffer.from(text);
  const missing = (3 - (bytes.length % 3)) % 3;
  return (missing === 0 ? bytes : Buffer.from(text + ' '.repeat(missing))).toString('base64');
}

/** Puts pieces of ASCII together in one buffer. */
export function joinPieces(pieces: readonly Encoded[]): Buffer {
  const joined = Buffer.allocUnsafe(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces)
    at += typeof piece === 'string' ? joined.write(piece, at, 'latin1') : piece.copy(joined, at);
  return joined;
}
