import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printString } from '../../../src/proxy/envoy/flow-scalar.ts';
import { nastyStrings } from './nasty-strings.ts';

describe('printing a text', () => {
  it.each([
    ['a name', 'outbound'],
    ["a message's type", 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'],
    ['a path', '/stats/prometheus'],
    ['a header', 'x-forwarded-proto'],
    ['a duration', '0s'],
    ['a fraction of a second', '1.5s'],
    ['an IPv4 address', '127.0.0.1'],
  ])('leaves %s plain', (_, text) => {
    expect(printString(text)).toBe(text);
  });

  it.each([
    ['a format', '%RESPONSE_CODE%', "'%RESPONSE_CODE%'"],
    ['a quote', "it's", "'it''s'"],
    ['a double quote and a backslash', 'a "b" \\d', `'a "b" \\d'`],
    ['an abstract socket', '@outrigger-admin', "'@outrigger-admin'"],
    ['an IPv6 address', '::1', "'::1'"],
  ])('puts %s in single quotes', (_, text, printed) => {
    expect(printString(text)).toBe(printed);
  });

  it.each([
    ['a line break', 'a\nb', String.raw`"a\nb"`],
    ['a separator that JSON leaves bare', 'a\u2028b', String.raw`"a\u2028b"`],
    ['a byte order mark', '\ufeff', String.raw`"\ufeff"`],
  ])('escapes %s in double quotes', (_, text, printed) => {
    expect(printString(text)).toBe(printed);
  });

  it.each([
    'y',
    'Y',
    'n',
    'N',
    'yes',
    'Yes',
    'YES',
    'no',
    'No',
    'on',
    'ON',
    'off',
    'Off',
    'true',
    'FALSE',
    'null',
    'NaN',
  ])('quotes %s, which yaml-cpp reads as something else', (word) => {
    expect(printString(word)).toBe(`'${word}'`);
  });

  it.each(['1.2', 'core', '1.1'] as const)('is read as the same text by YAML %s', (dialect) => {
    const options = dialect === 'core' ? { schema: 'core' as const } : { version: dialect };
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...nastyStrings), fc.string()), (text) => {
        expect(parse(`[${printString(text)}]`, options)).toEqual([text]);
      }),
      { numRuns: 1000 },
    );
  });
});
