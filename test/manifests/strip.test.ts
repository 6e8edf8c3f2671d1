/** What is taken out of layouts that people write by hand: it means what it should, or it is refused. */
import { describe, expect, it } from 'vitest';
import { readAsKubectl, uninjectText } from './fixtures.ts';

const written = { image: 'i', pull: 'p' };
const probes = { admin: 4191, tcp: [['a', 'readinessProbe', 80]] };
const record = { v: 1, by: 'webhook', plan: '0123456789abcdef', init: written, proxy: written, probes };
const manifest = JSON.stringify(record);
const replacing = JSON.stringify({ ...record, replaced: { 'linkerd.io/proxy-version': 'me' } });
const head = 'apiVersion: v1\nkind: Pod\n';
const injected = `metadata: {name: w, annotations: {linkerd.io/injected: '${manifest}'}}\n`;
const app = { name: 'a' };

interface Spec {
  readonly metadata: { readonly annotations?: object };
  readonly spec: { readonly containers: readonly object[]; readonly initContainers?: readonly object[] };
}

function taken(text: string): Spec {
  return readAsKubectl(uninjectText(text).text ?? text) as Spec;
}

describe('taking out', () => {
  it.each([
    ['a literal', '|-\n          /probe/tcp/80'],
    ['a folded text', '>-\n          /probe/tcp/80'],
    ['a plain text', '/probe/tcp/80'],
  ])('a rewritten probe that ends in %s leaves the next line alone', (_, path) => {
    const probe = `httpGet:\n        port: 4191\n        path: ${path}\n      periodSeconds: 5\n`;
    const lines = `${head}${injected}spec:\n  containers:\n  - name: a\n    readinessProbe:\n      ${probe}`;
    const expected = [{ ...app, readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 } }];
    for (const text of [lines, lines.replaceAll('\n', '\r\n')])
      expect(taken(text).spec.containers).toEqual(expected);
  });

  it('an annotation that was another before, written as a literal, leaves the next line alone', () => {
    const version = 'linkerd.io/proxy-version: |-\n      v1\n    # note\n    other: x\n';
    const text = `${head}metadata:\n  annotations:\n    linkerd.io/injected: '${replacing}'\n    ${version}spec: {containers: [{name: a}]}\n`;
    expect(taken(text).metadata.annotations).toEqual({ 'linkerd.io/proxy-version': 'me', other: 'x' });
  });

  it('what stands before a comment in braces leaves the comment one', () => {
    const annotations = '{linkerd.io/inject: enabled, # by ops\n  keep: me}';
    const text = `${head}metadata: {name: w, annotations: ${annotations}}\nspec: {containers: [{name: a}]}\n`;
    expect(taken(text).metadata.annotations).toEqual({ keep: 'me' });
  });

  it('all of what stands in brackets takes its last comma along', () => {
    const list = `${head}${injected}spec: {initContainers: [{name: outrigger-proxy},], containers: [{name: a}]}\n`;
    expect(taken(list).spec.initContainers ?? []).toEqual([]);
    const map = `${head}metadata: {name: w, annotations: { linkerd.io/inject: enabled , }}\nspec: {containers: [{name: a}]}\n`;
    expect(taken(map).metadata.annotations ?? {}).toEqual({});
  });

  it.each([
    ['with a comment', '- # ours\n    name: outrigger-proxy\n'],
    ['alone', '-\n    name: outrigger-proxy\n'],
    ['above braces', '-\n    {name: outrigger-proxy}\n'],
  ])('an item whose dash stands above it, %s, takes the dash along', (_, item) => {
    const lists = `  initContainers:\n  - name: mine\n    image: b\n  ${item}  containers: [{name: a}]\n`;
    expect(taken(`${head}${injected}spec:\n${lists}`).spec.initContainers).toEqual([
      { name: 'mine', image: 'b' },
    ]);
  });

  it('from keys behind question marks is refused', () => {
    const keys =
      '- ? readinessProbe\n    : ? httpGet\n      : {path: /probe/tcp/80, port: 4191}\n    name: a\n';
    expect(() => uninjectText(`${head}${injected}spec:\n  containers:\n  ${keys}`)).toThrow(
      'cannot be written here',
    );
  });
});
