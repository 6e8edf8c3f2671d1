import { describe, expect, it } from 'vitest';
import { readNamespacesFile } from '../../src/commands/namespaces-file.ts';
import { OutriggerError } from '../../src/errors.ts';
import { makeFolder, writeText } from './files.ts';

const namespace = (metadata: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: ${metadata}\n`;

describe('a file of namespaces', () => {
  it('gives them by name, from the cache and as fresh ones', async () => {
    const text = [
      namespace('{ name: shop, labels: { linkerd.io/inject: enabled }, annotations: { a: "1" } }'),
      namespace('{ name: bare }'),
    ].join('---\n');
    const source = await readNamespacesFile(await writeText(text));
    const shop = { name: 'shop', labels: { 'linkerd.io/inject': 'enabled' }, annotations: { a: '1' } };
    expect(source.size).toBe(2);
    expect(source.get('shop')).toEqual(shop);
    expect(await source.fetch('shop')).toEqual(shop);
    expect(source.get('bare')).toEqual({ name: 'bare', labels: {}, annotations: {} });
    expect([source.get('other'), source.get('__proto__'), await source.fetch('other')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['nothing', ''],
    ['empty documents', '---\n---\n'],
  ])('of %s gives none', async (_, text) => {
    expect((await readNamespacesFile(await writeText(text))).size).toBe(0);
  });

  it('takes the last of two of the same name', async () => {
    const text = [namespace('{ name: shop, labels: { a: x } }'), namespace('{ name: shop }')].join('---\n');
    const source = await readNamespacesFile(await writeText(text));
    expect([source.size, source.get('shop')?.labels]).toEqual([1, {}]);
  });

  it.each<[string, string, string]>([
    ['another kind', `${namespace('{ name: a }')}---\nkind: Pod\n`, 'document 2 is not a Namespace'],
    ['a list', '[]', 'document 1 is not a Namespace'],
    ['no name', namespace('{}'), 'document 1 has no metadata.name'],
    ['an empty name', namespace('{ name: "" }'), 'document 1 has no metadata.name'],
    ['a number for a name', namespace('{ name: 5 }'), 'document 1 has no metadata.name'],
    ['no metadata', 'kind: Namespace\n', 'document 1 has no metadata.name'],
    [
      'a bare boolean for a label',
      namespace('{ name: a, labels: { x: true } }'),
      'document 1, metadata.labels is not a map of texts; put quotes around numbers and booleans',
    ],
    [
      'a bare number for an annotation',
      namespace('{ name: a, annotations: { x: 4406 } }'),
      'document 1, metadata.annotations is not a map of texts',
    ],
    ['a list for labels', namespace('{ name: a, labels: [] }'), 'metadata.labels is not a map of texts'],
    ['YAML that cannot be read', 'kind: [', 'file.yaml:1:'],
  ])('with %s is refused', async (_, text, message) => {
    const file = await writeText(text);
    const error: unknown = await readNamespacesFile(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutriggerError);
    expect(error).toMatchObject({ code: 'file', message: expect.stringContaining(message) as string });
  });

  it('that is not there is refused', async () => {
    const file = `${await makeFolder()}/none.yaml`;
    await expect(readNamespacesFile(file)).rejects.toThrow(`${file}: no such file`);
  });
});
