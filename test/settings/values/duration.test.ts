import { describe, expect, it } from 'vitest';
import { durationType } from '../../../src/settings/values/duration.ts';

const any = durationType({ minMs: 0, maxMs: Number.MAX_SAFE_INTEGER });

describe('a duration', () => {
  it.each([
    ['300ms', 300],
    ['3s', 3000],
    [' 3s ', 3000],
    ['1m30s', 90_000],
    ['1h2m3s4ms', 3_723_004],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['0', 0],
    ['0s', 0],
    ['1us', 1],
    ['1500µs', 2],
    ['1500μs', 2],
    ['1ns', 1],
    ['1s1s', 2000],
  ])('%j is %d ms, rounded up', (text, value) => {
    expect(any.parse(text)).toEqual({ ok: true, value });
  });

  it.each(['', '3', '3 s', '-3s', 's', '.s', '3S', '3d', '1.2.3s', 'soon', '3s,4s', '∞s'])(
    'is not %j',
    (text) => {
      expect(any.parse(text)).toEqual({
        ok: false,
        error: `"${text}" is not a duration; write a number with its unit, such as 500ms, 3s or 1m30s`,
      });
    },
  );

  it.each([
    ['99ms', '"99ms" is out of bounds; allowed are 100ms to 60s'],
    ['60001ms', '"60001ms" is out of bounds; allowed are 100ms to 60s'],
    ['0', '"0" is out of bounds; allowed are 100ms to 60s'],
  ])('%j may be out of bounds', (text, error) => {
    expect(durationType({ minMs: 100, maxMs: 60_000 }).parse(text)).toEqual({ ok: false, error });
  });

  it('may be as long or short as its bounds', () => {
    const type = durationType({ minMs: 100, maxMs: 3_600_000 });
    expect(type.parse('100ms').ok && type.parse('1h').ok).toBe(true);
    expect(type.parse('2h')).toEqual({
      ok: false,
      error: '"2h" is out of bounds; allowed are 100ms to 1h',
    });
  });

  it('with a number beyond all measure is refused', () => {
    expect(any.parse(`${'9'.repeat(400)}h`).ok).toBe(false);
  });
});
