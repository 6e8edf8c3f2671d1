/**
 * A quick reader for documents that are written plainly, as nearly all are: block maps and lists, scalars of one
 * line, literal texts, JSON. It makes the nodes that the full parser makes, in a seventh of the time, and has no
 * opinion on anything else: what it does not know, right or wrong, is the full parser's.
 *
 * The law, held by test/manifests/quick.test.ts: where it makes nodes, the full parser makes the same ones and
 * finds no mistake.
 */
import { isMap, Pair, YAMLMap, YAMLSeq, type Scalar } from 'yaml';
import { behindLine, endOf, type AnyMap, type AnySeq } from './nodes.ts';
import { FlowReader, mostLevels, nodeOf } from './quick-flow.ts';
import { readLiteral } from './quick-literal.ts';
import { kubernetesSchema } from './schema.ts';

/** Tabs, carriage returns, a byte order mark, another document, the end of one. */
const unknown = /[\t\r\uFEFF]|\n(?:---|\.\.\.)/u;

/** Alone on its line, but for a comment. */
const marker = /^---(?: +#[^\n]*| *)(?:\n|$)/u;

/** @returns undefined where the text is for the full parser */
export function readQuickly(text: string): AnyMap | undefined {
  return unknown.test(text) ? undefined : new BlockReader(text).document();
}

type Value = Scalar | AnyMap | AnySeq;

class BlockReader {
  readonly #text: string;
  readonly #flow: FlowReader;
  /** Of what stands here; -1 at the end of the text. */
  #column = -1;
  #level = 0;

  constructor(text: string) {
    this.#text = text;
    this.#flow = new FlowReader(text);
  }

  document(): AnyMap | undefined {
    const [mark = ''] = marker.exec(this.#text) ?? [];
    if (mark === '' && /^(?:---|\.\.\.)/u.test(this.#text)) return undefined;
    this.#flow.at = mark.length;
    this.#toContent();
    const root = this.#text[this.#flow.at] === '{' ? this.#valueOnLine(-1) : this.#map(this.#column);
    return isMap(root) && this.#column === -1 ? root : undefined;
  }

  /** From the start of a line to what stands next, past blank lines and comments. */
  #toContent(): void {
    let start = this.#flow.at;
    for (;;) {
      this.#flow.skipSpaces();
      const character = this.#text[this.#flow.at];
      if (character !== '\n' && character !== '#') break;
      this.#flow.at = start = behindLine(this.#text, this.#flow.at);
    }
    this.#column = this.#flow.at === this.#text.length ? -1 : this.#flow.at - start;
  }

  /** To what stands next below; false where something stands on this line still. */
  #endLine(): boolean {
    this.#flow.skipSpaces();
    if (!this.#flow.isAtLineEnd()) return false;
    this.#flow.at = behindLine(this.#text, this.#flow.at);
    this.#toContent();
    return true;
  }

  #isDash(): boolean {
    const next = this.#text[this.#flow.at + 1];
    return this.#text[this.#flow.at] === '-' && (next === ' ' || next === '\n' || next === undefined);
  }

  #collection(column: number): AnyMap | AnySeq | undefined {
    this.#level += 1;
    if (this.#level > mostLevels) return undefined;
    const collection = this.#isDash() ? this.#list(column) : this.#map(column);
    this.#level -= 1;
    return collection;
  }

  #map(column: number): AnyMap | undefined {
    const start = this.#flow.at;
    const map = new YAMLMap(kubernetesSchema);
    const keys = new Set<unknown>();
    do {
      const key = this.#flow.key();
      const value = key && this.#valueOfKey(column);
      if (key === undefined || value === undefined || keys.has(key.value)) return undefined;
      keys.add(key.value);
      map.items.push(new Pair(key, value));
    } while (this.#column === column);
    return this.#finished(map, start, column);
  }

  #list(column: number): AnySeq | undefined {
    const start = this.#flow.at;
    const list = new YAMLSeq(kubernetesSchema);
    do {
      this.#flow.at += 1;
      const item = this.#item(column);
      if (item === undefined) return undefined;
      list.items.push(item);
    } while (this.#column === column && this.#isDash());
    return this.#finished(list, start, column);
  }

  /** What is indented more than a collection, and stands in none of its values, belongs to nothing. */
  #finished<C extends AnyMap | AnySeq>(collection: C, start: number, column: number): C | undefined {
    // Where a block collection ends is told by its last item.
    collection.range = [start, start, start];
    return this.#column > column ? undefined : collection;
  }

  #valueOfKey(column: number): Value | undefined {
    this.#flow.skipSpaces();
    const { at } = this.#flow;
    if (!this.#flow.isAtLineEnd()) return this.#valueOnLine(column);
    this.#endLine();
    const isBelow = this.#column > column || (this.#column === column && this.#isDash());
    return isBelow ? this.#collection(this.#column) : nodeOf(null, 'PLAIN', at, at);
  }

  /** Behind a dash: a value, or a collection that begins on the same line or below. */
  #item(column: number): Value | undefined {
    const behindDash = this.#flow.at;
    this.#flow.skipSpaces();
    const start = this.#flow.at;
    if (this.#flow.isAtLineEnd())
      return this.#endLine() && this.#column > column ? this.#collection(this.#column) : undefined;
    const isCollection = this.#isDash() || this.#flow.key() !== undefined;
    this.#flow.at = start;
    return isCollection ? this.#collection(column + 1 + start - behindDash) : this.#valueOnLine(column);
  }

  #valueOnLine(column: number): Value | undefined {
    if (this.#text[this.#flow.at] === '|') return this.#literal(column);
    const value = this.#flow.value(column);
    return value !== undefined && this.#endLine() ? value : undefined;
  }

  #literal(column: number): Scalar | undefined {
    const literal = readLiteral(this.#text, this.#flow.at, column);
    if (literal === undefined) return undefined;
    this.#flow.at = endOf(literal);
    this.#toContent();
    return literal;
  }
}
