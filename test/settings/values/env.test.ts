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
  ])('is not %s', (text, error) => {
    expect(envType.parse(text)).toEqual({ ok: false, error });
  });

  it.each([
    '[1]',
    '[null]',
    '[{}]',
    '[{"name":""}]',
    '[{"name":"A=B"}]',
    '[{"name":"A","value":1}]',
    '[{"name":"A","vlaue":"1"}]',
    '[{"name":"A","valueFrom":{}}]',
    '[{"name":"A","valueFrom":{"podRef":{}}}]',
  ])('is not %s, whose first item is none', (text) => {
    const error = `item 1 of ${JSON.stringify(text)} is not an environment variable; ${allowed}`;
    expect(envType.parse(text)).toEqual({ ok: false, error });
  });

  it('names all items that are wrong', () => {
    const error = expect.stringMatching(/^items 1, 3 of .* are not environment variables; /u);
    expect(envType.parse('[{}, {"name":"A"}, 1]')).toMatchObject({ ok: false, error });
    const many = JSON.stringify(Array.from({ length: 30 }, () => 1));
    expect(envType.parse(many)).toMatchObject({
      error: expect.stringMatching(/^items 1, .*, 20 and 10 more /u),
    });
  });

  it('is not a reference that holds more than words', () => {
    const deep = `[{"name":"A","valueFrom":{"fieldRef":${'['.repeat(5000)}${']'.repeat(5000)}}}]`;
    expect(envType.parse(deep)).toMatchObject({ ok: false });
    expect(envType.parse('[{"name":"A","valueFrom":{"fieldRef":{"a":{}}}}]')).toMatchObject({ ok: false });
  });

  it('names the item that is wrong, however deep it is nested', () => {
    const deep = `[{"name":"A"},${'['.repeat(5000)}${']'.repeat(5000)}]`;
    expect(envType.parse(deep)).toMatchObject({ ok: false, error: expect.stringMatching(/^item 2 of /u) });
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
