/**
 * YAML scalars as kubectl reads them (sigs.k8s.io/yaml, which is go-yaml 2): YAML 1.1 with changes of its own.
 * Compared with the real kubectl, value for value, by test/e2e/cli/scalars.test.ts.
 */
import { isAlias, isMap, isSeq, Scalar, Schema, type ScalarTag } from 'yaml';

const nullTag: ScalarTag = {
  identify: (value) => value === null,
  createNode: () => new Scalar(null),
  default: true,
  tag: 'tag:yaml.org,2002:null',
  test: /^(?:~|[Nn]ull|NULL)?$/u,
  resolve: () => new Scalar(null),
  stringify: () => 'null',
};

const truths = /^(?:[Yy]|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/u;

const booleanTag: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:[YyNn]|[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF)$/u,
  resolve: (text) => truths.test(text),
  stringify: ({ value }) => (value ? 'true' : 'false'),
};

/** Octal with a bare 0 where its digits allow it, else decimal: `010` is 8, `09` is 9. */
const integerTag: ScalarTag = {
  identify: (value) => typeof value === 'number' && Number.isInteger(value),
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?(?:0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0[oO]_*[0-7][0-7_]*|0[bB]_*[01][01_]*|[0-9][0-9_]*)$/u,
  resolve: (text) => integerOf(text),
  stringify: ({ value }) => String(value),
};

/** As nearly all are written, and without a detour by bigint. */
const ordinary = /^(?:0|[1-9][0-9]{0,14})$/u;

/** Far more digits than 64 bits have; turning millions of them into a number takes seconds. */
const longestInteger = 400;

function integerOf(text: string): number | bigint | string {
  if (ordinary.test(text)) return Number(text);
  if (text.length > longestInteger) return text;
  const digits = text.replaceAll(/[_+]/gu, '');
  const isNegative = digits.startsWith('-');
  const bare = isNegative ? digits.slice(1) : digits;
  const amount = BigInt(/^0[0-7]+$/u.test(bare) ? `0o${bare}` : bare.replace(/^0+(?=\d)/u, ''));
  const value = isNegative ? -amount : amount;
  return isExact(value) ? Number(value) : isInt64(value) ? value : Number(value);
}

function isExact(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
}

/** Beyond 64 bits Go falls back to a floating-point number. */
function isInt64(value: bigint): boolean {
  return value < 2n ** 63n && value >= -(2n ** 63n);
}

/** A number too large for 64 bits stays text, and infinity is refused as it has no place in JSON. */
const floatTag: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9][0-9_]*)?$/u,
  resolve(text) {
    const value = Number(text.replaceAll('_', ''));
    return Number.isFinite(value) ? value : text;
  },
  stringify: ({ value }) => String(value),
};

const infinityTag: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/u,
  resolve(text, onError) {
    onError(`${text} has no place in JSON, which is what the API server takes; put quotes around it`);
    return text;
  },
};

const binaryTag: ScalarTag = {
  identify: () => false,
  default: false,
  tag: 'tag:yaml.org,2002:binary',
  resolve: (text) => Buffer.from(text, 'base64').toString('utf8'),
};

/**
 * `<<` takes effect where it stands: it overrides the keys before it, and those behind override it. (YAML's own
 * rule is that a map's own keys win wherever they stand.)
 */
const mergeTag: ScalarTag = {
  identify: (value) => typeof value === 'symbol' && value.description === '<<',
  default: 'key',
  tag: 'tag:yaml.org,2002:merge',
  test: /^<<$/u,
  resolve: () => Object.assign(new Scalar(Symbol('<<')), { addToJSMap: merge }),
  stringify: () => '<<',
};

const merge: NonNullable<Scalar['addToJSMap']> = (context, map, value) => {
  const resolved = (node: unknown): unknown =>
    context && isAlias(node) ? node.resolve(context.doc, context) : node;
  const source = resolved(value);
  // Of several, the first wins.
  for (const each of isSeq(source) ? source.items.toReversed() : [source]) {
    const merged = resolved(each);
    if (!isMap(merged)) throw new Error('a merge (<<) takes a map or a list of maps');
    for (const [key, child] of merged.toJSON(null, context, Map<unknown, unknown>))
      Object.defineProperty(map, String(key), {
        value: child,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
};

export const kubernetesSchema = new Schema({
  schema: 'failsafe',
  customTags: [nullTag, booleanTag, integerTag, floatTag, infinityTag, binaryTag, mergeTag],
  merge: false,
  resolveKnownTags: false,
});

/** What begins otherwise can be nothing but a text. */
const mayMean = /^[-+.~<0-9YyNnTtFfOo]/u;
const meanings = [nullTag, booleanTag, integerTag, floatTag];

/**
 * What a plain scalar means, for the quick reader.
 * @returns undefined for what is refused, and for what has an effect on its surroundings
 */
export function plainValue(text: string): unknown {
  if (!mayMean.test(text)) return text;
  if (text === '<<' || infinityTag.test?.test(text)) return undefined;
  const tag = meanings.find(({ test }) => test?.test(text));
  return tag === nullTag ? null : tag === undefined ? text : tag.resolve(text, refuse, {});
}

function refuse(message: string): never {
  throw new TypeError(message);
}
