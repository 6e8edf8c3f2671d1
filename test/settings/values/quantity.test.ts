import { describe, expect, it } from 'vitest';
import { parseQuantity, quantityType } from '../../../src/settings/values/quantity.ts';

describe('a quantity', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['100m', 0.1],
    ['700m', 0.7],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['+2', 2],
    ['64Mi', 67_108_864],
    ['1Gi', 1_073_741_824],
    ['1.5Ki', 1536],
    ['128M', 128_000_000],
    ['1k', 1000],
    ['2E', 2e18],
    ['2Ei', 2 * 2 ** 60],
    ['1e3', 1000],
    ['1E3', 1000],
    ['25e-2', 0.25],
    ['1000u', 0.001],
    ['1000000n', 0.001],
  ])('%j is %d', (text, amount) => {
    expect(quantityType.parse(text)).toEqual({ ok: true, value: { text, amount } });
  });

  it('keeps its text, without spaces around it', () => {
    expect(quantityType.parse(' 1.0Gi ')).toEqual({ ok: true, value: { text: '1.0Gi', amount: 2 ** 30 } });
  });

  it.each([
    '',
    '-1',
    '1K',
    '64MB',
    '64 Mi',
    '1mi',
    '1e3Mi',
    '0x10',
    'lots',
    '.',
    '1,5',
    '1e',
    'NaN',
    'Infinity',
  ])('is not %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
    expect(quantityType.parse(text)).toEqual({
      ok: false,
      error: `"${text}" is not a quantity; write such as 100m, 0.5, 64Mi or 1Gi`,
    });
  });
});
