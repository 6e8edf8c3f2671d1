import { describe, expect, it } from 'vitest';
import { quote } from '../../../src/settings/values/result.ts';
import {
  booleanOrAutoType,
  booleanType,
  idType,
  isIpv6Subnet,
  oneOf,
  secondsType,
  subnetListType,
} from '../../../src/settings/values/scalars.ts';

describe('one of a few words', () => {
  const type = oneOf(['plain', 'json']);

  it.each([
    ['plain', 'plain'],
    [' json ', 'json'],
  ])('is read from %j', (text, value) => {
    expect(type.parse(text)).toEqual({ ok: true, value });
  });

  it.each(['', 'JSON', 'plain,json', 'toString'])('is not %j', (text) => {
    expect(type.parse(text)).toEqual({ ok: false, error: `"${text}" is not one of plain, json` });
  });
});

describe('a boolean', () => {
  it.each(['1', 't', 'T', 'true', 'TRUE', 'True', ' true '])('is true as %j', (text) => {
    expect(booleanType.parse(text)).toEqual({ ok: true, value: true });
  });

  it.each(['0', 'f', 'F', 'false', 'FALSE', 'False'])('is false as %j', (text) => {
    expect(booleanType.parse(text)).toEqual({ ok: true, value: false });
  });

  it.each(['', 'yes', 'tRUE', 'constructor', '01'])('is not %j', (text) => {
    expect(booleanType.parse(text)).toEqual({
      ok: false,
      error: `"${text}" is not a boolean; use true or false`,
    });
  });

  it('may be auto where that means something', () => {
    expect(booleanOrAutoType.parse(' auto ')).toEqual({ ok: true, value: 'auto' });
    expect(booleanOrAutoType.parse('F')).toEqual({ ok: true, value: false });
    expect(booleanOrAutoType.parse('Auto')).toEqual({
      ok: false,
      error: '"Auto" is neither a boolean nor auto; use true, false or auto',
    });
  });
});

describe('an id', () => {
  const user = idType({ minusOneIsDefault: false });
  const group = idType({ minusOneIsDefault: true });

  it.each([
    ['1', 1],
    ['2102', 2102],
    ['2147483647', 2_147_483_647],
  ])('is read from %j', (text, value) => {
    expect(user.parse(text)).toEqual({ ok: true, value });
  });

  it.each(['0', '00', '-1', '2147483648', '99999999999', '2102.0', 'root', ''])(
    'of a user is not %j',
    (text) => {
      expect(user.parse(text)).toEqual({
        ok: false,
        error: `"${text}" is not an id; allowed are 1 to 2147483647 (not root)`,
      });
    },
  );

  it('of a group may be -1, which stands for the default', () => {
    expect(group.parse('-1')).toEqual({ ok: true, value: 'default' });
    expect(group.parse('0')).toEqual({
      ok: false,
      error: '"0" is not an id; allowed are 1 to 2147483647 (not root), and -1 for the default',
    });
  });
});

describe('a number of seconds', () => {
  it.each([
    ['0', 0],
    ['30', 30],
    ['999999', 999_999],
  ])('is read from %j', (text, value) => {
    expect(secondsType.parse(text)).toEqual({ ok: true, value });
  });

  it.each(['', '30s', '-1', '1.5', '1000000'])('is not %j', (text) => {
    expect(secondsType.parse(text)).toEqual({
      ok: false,
      error: `"${text}" is not a number of seconds; allowed are whole numbers from 0 to 999999`,
    });
  });
});

describe('a list of subnets', () => {
  it('names all that are none, twenty at most', () => {
    expect(subnetListType.parse('x, 10.0.0.0/8, y')).toEqual({
      ok: false,
      error: '"x" is not a subnet, "y" is not a subnet; write address/length, such as 10.0.0.0/8',
    });
    const many = Array.from({ length: 30 }, (_, index) => `x${index}`).join(',');
    expect(subnetListType.parse(many)).toMatchObject({
      error: expect.stringMatching(/"x19" is not a subnet and 10 more; write/u),
    });
  });

  it.each([
    ['', []],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    [' 10.0.0.0/8 , 192.168.1.7/32,', ['10.0.0.0/8', '192.168.1.7/32']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
    ['fd00::/8', ['fd00::/8']],
  ])('is read from %j', (text, value) => {
    expect(subnetListType.parse(text)).toEqual({ ok: true, value });
  });

  // proxy-init would exit on each of them, and the pod would hang in Init.
  it.each([
    '10.0.0.0',
    '10/8',
    '10.1/16',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '10.0.0.0/33',
    '10.0.0.256/8',
    'x/8',
  ])('takes no %j', (text) => {
    expect(subnetListType.parse(`10.0.0.0/8,${text}`)).toEqual({
      ok: false,
      error: `"${text}" is not a subnet; write address/length, such as 10.0.0.0/8`,
    });
  });

  it('knows IPv6 from IPv4', () => {
    expect(['10.0.0.0/8', 'fd00::/8', '::ffff:10.0.0.0/104'].map(isIpv6Subnet)).toEqual([false, true, true]);
  });
});

describe('a quoted text', () => {
  it.each([
    ['plain', '"plain"'],
    ['two\nlines', String.raw`"two\nlines"`],
    ['a "word"', String.raw`"a \"word\""`],
  ])('%j stays on one line', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  it('is cut to what a line of a terminal bears', () => {
    expect(quote('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(81))).toBe(`"${'x'.repeat(79)}…"`);
  });
});
