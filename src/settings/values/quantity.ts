import { bad, ok, quote, type ValueType } from './result.ts';

/** A Kubernetes resource quantity: the text as it was written, and its size in cores or bytes. */
export interface Quantity {
  readonly text: string;
  readonly amount: number;
}

const multipliers: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

// Division keeps 700m equal to 0.7; multiplication by 0.001 would not.
const divisors: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };

const form = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE]i|[mnukMGTPE])|[eE]([+-]?\d{1,2}))?$/u;

/** Kubernetes keeps 64 bits and a suffix; containers of a pod from outside may say anything. */
const maxLength = 100;

/**
 * The amount that a quantity means, or undefined where the text is none (a negative one is none either).
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): number | undefined {
  const match = text.length > maxLength ? null : form.exec(text);
  if (!match) return undefined;
  const [, digits = '', suffix = '', exponent] = match;
  const number = Number(digits) * 10 ** Number(exponent ?? 0);
  const divisor = divisors[suffix];
  return divisor === undefined ? number * (multipliers[suffix] ?? Number.NaN) : number / divisor;
}

export const quantityType: ValueType<Quantity> = {
  name: 'quantity',
  parse(text) {
    const amount = parseQuantity(text.trim());
    return amount === undefined
      ? bad(`${quote(text)} is not a quantity; write such as 100m, 0.5, 64Mi or 1Gi`)
      : ok({ text: text.trim(), amount });
  },
};
