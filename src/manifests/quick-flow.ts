/** What the quick reader knows of flow style: scalars, and collections in brackets, JSON among them. */
import { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { AnyMap, AnySeq } from './nodes.ts';
import { kubernetesSchema, plainValue } from './schema.ts';

/** Deeper than anybody writes, and no trouble for the stack. */
export const mostLevels = 50;

/** A key's colon has to come within 1,024 characters. */
const longestKey = 1000;

// The repetitions are bounded since each takes a place on the stack, which a text of millions of words exceeds.
// Without indicators in front; `: ` and ` #` end it.
const plain = /(?:[^ \n\-?:,[\]{}#&*!|>'"%@`]|-(?=[^ \n]))(?:[^ :\n]+|:(?=[^ \n])| +(?=[^ #\n])){0,9999}/uy;
const plainInFlow = /(?:[\w./~]|-(?=[\w-]))(?:[\w./~@%+=$()-]+|:(?=\w)| (?=\w)){0,9999}/uy;
const doubleQuoted = /"[^"\\\n]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\n]*){0,99999}"/uy;
const singleQuoted = /'[^'\n]*(?:''[^'\n]*){0,99999}'/uy;

/** Reads from `at` on. What it does not know is undefined, and nothing counts that is read after that. */
export class FlowReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  skipSpaces(): void {
    while (this.text[this.at] === ' ') this.at += 1;
  }

  /** Whether nothing but a comment stands here, which has a space before it. */
  isAtLineEnd(): boolean {
    const character = this.text[this.at];
    const isComment = character === '#' && this.text[this.at - 1] === ' ';
    return isComment || character === '\n' || character === undefined;
  }

  /** The key of a block map and its colon, with a space or a newline behind it. */
  key(): Scalar | undefined {
    return this.#key(plain, false);
  }

  /**
   * A scalar or a collection in brackets.
   * @param column of the block collection that it stands in, which its lines have to be indented more than
   */
  value(column: number): Scalar | AnyMap | AnySeq | undefined {
    const start = this.at;
    const first = this.text[start];
    if (first !== '{' && first !== '[') return this.#scalar(plain);
    const flow = this.#flow(0);
    return flow !== undefined && this.#isIndented(start, column) ? flow : undefined;
  }

  #isIndented(start: number, column: number): boolean {
    for (
      let at = this.text.indexOf('\n', start);
      at !== -1 && at < this.at;
      at = this.text.indexOf('\n', at)
    ) {
      const lineStart = (at += 1);
      while (this.text[at] === ' ') at += 1;
      if (this.text[at] !== '\n' && at - lineStart <= column) return false;
    }
    return true;
  }

  #flow(level: number): AnyMap | AnySeq | undefined {
    if (level > mostLevels) return undefined;
    const start = this.at;
    const isMap = this.text[start] === '{';
    const flow = isMap ? this.#flowMap(level) : this.#flowSeq(level);
    if (flow === undefined || this.text[this.at] !== (isMap ? '}' : ']')) return undefined;
    this.at += 1;
    flow.flow = true;
    flow.range = [start, this.at, this.at];
    return flow;
  }

  #flowMap(level: number): AnyMap | undefined {
    const map = new YAMLMap(kubernetesSchema);
    const keys = new Set<unknown>();
    while (this.#isAtItem(map)) {
      const key = this.#key(plainInFlow, true);
      const value = key && this.#flowValue(level);
      if (key === undefined || value === undefined || keys.has(key.value)) return undefined;
      keys.add(key.value);
      map.items.push(new Pair(key, value));
    }
    return map;
  }

  #flowSeq(level: number): AnySeq | undefined {
    const seq = new YAMLSeq(kubernetesSchema);
    while (this.#isAtItem(seq)) {
      const value = this.#flowValue(level);
      if (value === undefined) return undefined;
      seq.items.push(value);
    }
    return seq;
  }

  /** Past the opening bracket or a comma; false where no item follows. */
  #isAtItem({ items }: AnyMap | AnySeq): boolean {
    if (items.length > 0 && this.text[this.at] !== ',') return false;
    this.at += 1;
    this.#skipWhite();
    return this.text[this.at] !== '}' && this.text[this.at] !== ']';
  }

  /** With the white space around it. */
  #flowValue(level: number): Scalar | AnyMap | AnySeq | undefined {
    this.#skipWhite();
    const first = this.text[this.at];
    const value = first === '{' || first === '[' ? this.#flow(level + 1) : this.#scalar(plainInFlow);
    this.#skipWhite();
    return value;
  }

  #skipWhite(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\n') this.at += 1;
  }

  #key(plainForm: RegExp, isInFlow: boolean): Scalar | undefined {
    const start = this.at;
    const key = this.#scalar(plainForm);
    const isKey = key !== undefined && this.text[this.at] === ':' && this.text[this.at - 1] !== ' ';
    if (!isKey || this.at - start > longestKey) return undefined;
    this.at += 1;
    const next = this.text[this.at];
    // Where JSON is possible, the colon of a quoted key needs no space behind it.
    const isSpaced = next === ' ' || next === '\n' || next === undefined;
    return isSpaced || (isInFlow && key.type !== 'PLAIN') ? key : undefined;
  }

  #scalar(plainForm: RegExp): Scalar | undefined {
    const first = this.text[this.at];
    if (first === '"') return this.#read(doubleQuoted, 'QUOTE_DOUBLE', unescape);
    if (first === "'") return this.#read(singleQuoted, 'QUOTE_SINGLE', undouble);
    return this.#read(plainForm, 'PLAIN', plainValue);
  }

  #read(form: RegExp, type: Scalar.Type, meaningOf: (source: string) => unknown): Scalar | undefined {
    const start = this.at;
    form.lastIndex = start;
    const [source] = form.exec(this.text) ?? [];
    const value = source === undefined ? undefined : meaningOf(source);
    if (source === undefined || value === undefined) return undefined;
    this.at += source.length;
    return nodeOf(value, type, start, this.at);
  }
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescape(source: string): string {
  const inner = source.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  return inner.replaceAll(/\\(?:u(.{4})|(.))/gu, (_, digits: string | undefined, code: string) =>
    digits === undefined ? (escapes[code] ?? code) : String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function undouble(source: string): string {
  return source.slice(1, -1).replaceAll("''", "'");
}

export function nodeOf(value: unknown, type: Scalar.Type, start: number, end: number): Scalar {
  const scalar = new Scalar(value);
  scalar.type = type;
  scalar.range = [start, end, end];
  return scalar;
}
