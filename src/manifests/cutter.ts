/**
 * Cuts a stream of YAML documents as its bytes arrive, so that no more than one document is ever decoded and
 * parsed at a time. `---` at the start of a line begins a document wherever it stands, and `...` ends one: YAML
 * allows neither inside a scalar. Put together again, the pieces are the stream, byte for byte.
 */

/** A mark may lie across two chunks: these many bytes wait for the next one. */
const heldBack = 5;

const newline = 0x0a;

export class DocumentCutter {
  /** What has been looked through and belongs to the piece in the making. */
  #parts: Buffer[] = [];
  #carry: Buffer = Buffer.alloc(0);
  #isAtStart = true;

  /** @returns the pieces that this chunk completes */
  push(chunk: Uint8Array): Buffer[] {
    return this.#scan(Buffer.concat([this.#carry, chunk]), false);
  }

  /** @returns what is left */
  end(): Buffer[] {
    const pieces = this.#scan(this.#carry, true);
    if (this.#parts.length > 0) pieces.push(Buffer.concat(this.#parts));
    return pieces;
  }

  #scan(bytes: Buffer, isLast: boolean): Buffer[] {
    const pieces: Buffer[] = [];
    let from = 0;
    let at = this.#isAtStart ? 0 : nextLine(bytes, 0);
    const safe = isLast ? bytes.length : Math.max(0, bytes.length - heldBack);
    while (at !== -1 && at < safe) {
      const mark = markAt(bytes, at);
      const cut = mark === '---' ? at : mark === '...' ? lineEnd(bytes, at) : -1;
      if (cut > from || (cut === from && this.#parts.length > 0)) {
        pieces.push(...this.#complete(bytes.subarray(from, cut)));
        from = cut;
      }
      at = nextLine(bytes, at);
    }
    const rest = Math.max(from, safe);
    if (rest > from) this.#parts.push(bytes.subarray(from, rest));
    this.#carry = bytes.subarray(rest);
    // What is carried is looked through again from its first newline, or from its start where a line begins there.
    this.#isAtStart = rest === 0 ? this.#isAtStart : bytes[rest - 1] === newline;
    return pieces;
  }

  /** Directives belong to the document that follows them. */
  #complete(last: Buffer): Buffer[] {
    const piece = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = isDirectives(piece) ? [piece] : [];
    return this.#parts.length > 0 ? [] : [piece];
  }
}

/** Where the line after the one at `from` begins, or -1. */
function nextLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(newline, from);
  return end === -1 ? -1 : end + 1;
}

function lineEnd(bytes: Buffer, from: number): number {
  const next = nextLine(bytes, from);
  return next === -1 ? bytes.length : next;
}

const dash = 0x2d;
const dot = 0x2e;

function markAt(bytes: Buffer, at: number): '---' | '...' | undefined {
  const first = bytes[at];
  if ((first !== dash && first !== dot) || bytes[at + 1] !== first || bytes[at + 2] !== first)
    return undefined;
  const after = bytes[at + 3];
  const isAlone =
    after === undefined || after === newline || after === 0x0d || after === 0x20 || after === 0x09;
  if (!isAlone) return undefined;
  return first === dash ? '---' : '...';
}

function isDirectives(piece: Buffer): boolean {
  if (!piece.includes('%')) return false;
  const lines = piece
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.some((line) => line.startsWith('%')) && lines.every((line) => /^[%#]/u.test(line));
}
