/** The same value in any layout that YAML has for it. */
import * as fc from 'fast-check';

type Pick = (count: number) => number;

/** Shapes in which `null` has to give way, which is not a pure insertion: written in block style only. */
const touched = new Set([
  'metadata',
  'annotations',
  'spec',
  'initContainers',
  'containers',
  'volumes',
  'imagePullSecrets',
]);

function holdsTouchedNull(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, child]) => (child === null && touched.has(key)) || holdsTouchedNull(child),
  );
}

class LayoutPrinter {
  readonly #pick: Pick;
  readonly #anchors = new Map<string, string>();
  #nextAnchor = 0;

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  block(value: object, column: number): string[] {
    if (Array.isArray(value)) return value.flatMap((item: unknown) => this.#item(item, column));
    return Object.entries(value).flatMap(([key, child]) => [
      ...this.#noise(column),
      ...this.#pair(key, child, column),
    ]);
  }

  #pair(key: string, child: unknown, column: number): string[] {
    const head = `${' '.repeat(column)}${this.#key(key)}:`;
    const end = this.#end();
    if (child === null) return [`${head}${['', ' null', ' ~', ' Null'][this.#pick(4)]}${end}`];
    if (typeof child !== 'object') return this.#scalarLines(head, child, column, end);
    const isEmpty = Object.keys(child).length === 0;
    const prefix = this.#pick(8) === 0 ? ` &x${(this.#nextAnchor += 1)}` : '';
    if (isEmpty || (this.#pick(4) === 0 && !holdsTouchedNull(child)))
      return [`${head}${prefix} ${this.flow(child, column)}${end}`];
    const step = Array.isArray(child) ? this.#pick(3) : 1 + this.#pick(4);
    return [`${head}${prefix}${end}`, ...this.block(child, column + step)];
  }

  #item(item: unknown, column: number): string[] {
    const margin = ' '.repeat(column);
    if (
      typeof item !== 'object' ||
      item === null ||
      Object.keys(item).length === 0 ||
      (this.#pick(5) === 0 && !holdsTouchedNull(item))
    )
      return [...this.#noise(column), `${margin}- ${this.flow(item, column)}${this.#end()}`];
    const gap = 1 + this.#pick(3);
    const lines = Object.entries(item).flatMap(([key, child]) => this.#pair(key, child, column + 1 + gap));
    const [first = '', ...rest] = lines;
    return [...this.#noise(column), `${margin}-${first.slice(column + 1)}`, ...rest];
  }

  #scalarLines(head: string, value: unknown, column: number, end: string): string[] {
    if (typeof value === 'string' && /^[a-z]/u.test(value) && this.#pick(6) === 0)
      return [`${head} |-`, `${' '.repeat(column + 1 + this.#pick(3))}${value}`];
    const text = this.#scalar(value);
    const known = this.#anchors.get(text);
    if (known !== undefined && this.#pick(2) === 0) return [`${head} *${known}${end}`];
    if (this.#pick(8) !== 0) return [`${head} ${text}${end}`];
    const name = `s${(this.#nextAnchor += 1)}`;
    this.#anchors.set(text, name);
    return [`${head} &${name} ${text}${end}`];
  }

  #scalar(value: unknown): string {
    if (typeof value !== 'string') return JSON.stringify(value);
    const isPlain = /^[A-Za-z][A-Za-z0-9/-]+$/u.test(value) && !/^(?:true|null|yes|no|on|off)$/iu.test(value);
    const style = this.#pick(isPlain ? 3 : 2);
    return [JSON.stringify(value), `'${value.replaceAll("'", "''")}'`, value][style]!;
  }

  #key(key: string): string {
    return [key, key, key, `'${key}'`, `"${key}"`][this.#pick(5)]!;
  }

  /** What may stand behind a value. */
  #end(): string {
    return ['', '', '', ' # note', '  '][this.#pick(5)]!;
  }

  #noise(column: number): string[] {
    const choices = [[], [], [], [], [`${' '.repeat(column)}# about`], [''], ['# far', '']];
    return choices[this.#pick(choices.length)]!;
  }

  flow(value: unknown, column: number): string {
    if (typeof value !== 'object' || value === null) return this.#scalar(value);
    const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
    const items = Array.isArray(value)
      ? value.map((item: unknown) => this.flow(item, column))
      : Object.entries(value).map(([key, child]) => `${this.#key(key)}: ${this.flow(child, column)}`);
    if (items.length === 0) return [`${open}${close}`, `${open} ${close}`][this.#pick(2)]!;
    const wide = `\n${' '.repeat(column + 2)}`;
    const space = ['', '', ' ', wide][this.#pick(4)]!;
    const comma = this.#pick(5) === 0 ? ',' : '';
    return `${open}${space}${items.join(`,${space === wide ? wide : ' '}`)}${comma}${space === wide ? `\n${' '.repeat(column + 1)}` : space}${close}`;
  }
}

function layOut(value: object, pick: Pick): string {
  const shape = pick(10);
  if (shape === 0 && !holdsTouchedNull(value)) return JSON.stringify(value);
  if (shape === 1 && !holdsTouchedNull(value)) return `${JSON.stringify(value, null, 1 + pick(4))}\n`;
  const printer = new LayoutPrinter(pick);
  const lines = printer.block(value, 0);
  const text = [...(pick(4) === 0 ? ['--- # one'] : []), ...lines, ...(pick(6) === 0 ? ['...'] : [])].join(
    '\n',
  );
  const whole = text + (pick(4) === 0 ? '' : '\n');
  const marked = pick(8) === 0 ? `\uFEFF${whole}` : whole;
  return pick(4) === 0 ? marked.replaceAll('\n', '\r\n') : marked;
}

const anyChoice = fc.nat({ max: 119 });

/** Seldom an anchor, braces over several lines or CRLF. */
export const mostlyPlain: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(1, 7, 61, 119, 113) },
  anyChoice,
);

/** A text that means `value`, in a layout that shrinks to the plainest. */
export function anyLayout(value: object, choice: fc.Arbitrary<number> = anyChoice): fc.Arbitrary<string> {
  return fc.array(choice, { minLength: 400, maxLength: 400 }).map((choices) => {
    let next = 0;
    return layOut(value, (count) => choices[next++ % choices.length]! % count);
  });
}
