import { describe, expect, it } from 'vitest';
import { envType, mergeEnv } from '../../../src/settings/values/env.ts';

const allowed = 'allowed is a list such as [{"name": "KEY", "value": "text"}]';

describe('a list of environment variables', () => {
  it.each([
    ['[]', []],
    ['[{"name":"A","value":"1"}]', [{ name: 'A', value: '1' }]],
    ['[{"name":"A"}]', [{ name: 'A' }]],
    [
      '[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]',
      [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ],
  ])('is read from %s', (text, value) => {
    expect(envType.parse(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['', `"" is not JSON; ${allowed}`],
    ['A=1', `"A=1" is not JSON; ${allowed}`],
    ['{"name":"A"}', String.raw`"{\"name\":\"A\"}" is not a list; ${allowed}`],
    ['[1]', `"1" is not an environment variable; ${allowed}`],
    ['[null]', `"null" is not an environment variable; ${allowed}`],
    ['[{}]', `"{}" is not an environment variable; ${allowed}`],
    ['[{"name":""}]', String.raw`"{\"name\":\"\"}" is not an environment variable; ${allowed}`],
    ['[{"name":"A=B"}]', String.raw`"{\"name\":\"A=B\"}" is not an environment variable; ${allowed}`],
    [
      '[{"name":"A","value":1}]',
      String.raw`"{\"name\":\"A\",\"value\":1}" is not an environment variable; ${allowed}`,
    ],
    [
      '[{"name":"A","vlaue":"1"}]',
      String.raw`"{\"name\":\"A\",\"vlaue\":\"1\"}" is not an environment variable; ${allowed}`,
    ],
    [
      '[{"name":"A","valueFrom":{}}]',
      String.raw`"{\"name\":\"A\",\"valueFrom\":{}}" is not an environment variable; ${allowed}`,
    ],
    [
      '[{"name":"A","valueFrom":{"podRef":{}}}]',
      String.raw`"{\"name\":\"A\",\"valueFrom\":{\"podRef\":{}}}" is not an environment variable; ${allowed}`,
    ],
  ])('is not %s', (text, error) => {
    expect(envType.parse(text)).toEqual({ ok: false, error });
  });

  it('is merged by name: later lists win, and a name stays where it first stood', () => {
    const merged = mergeEnv([
      [
        { name: 'A', value: '1' },
        { name: 'B', value: '1' },
      ],
      [
        { name: 'C', value: '2' },
        { name: 'A', value: '2' },
      ],
      [{ name: 'B', value: '3' }],
    ]);
    expect(merged).toEqual([
      { name: 'A', value: '2' },
      { name: 'B', value: '3' },
      { name: 'C', value: '2' },
    ]);
  });
});
