import { describe, expect, it } from 'vitest';
import { asDecoded } from '../../src/manifests/decoded.ts';
import { cpuRatio } from '../support/cpu-ratio.ts';
import { context, injectManually, injectText, readAsKubectl, uninjectText } from './fixtures.ts';

const pod = `apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {note: null}, labels: {app: }}
spec:
  nodeSelector: {disk: ~}
  containers:
    - {name: a, image: b, ports: [{containerPort: 80, hostPort: 9007199254740993}]}
`;

describe('a value as Kubernetes decodes it', () => {
  it('has the empty text for null where texts stand, and numbers for all whole numbers', () => {
    expect(asDecoded(readAsKubectl(pod))).toMatchObject({
      metadata: { annotations: { note: '' }, labels: { app: '' } },
      spec: { nodeSelector: { disk: '' }, containers: [{ ports: [{ hostPort: 2 ** 53 }] }] },
    });
  });

  it('is the same object if it holds nothing of that kind', () => {
    const value = { metadata: { labels: { a: 'b' } }, spec: { nodeSelector: null, list: [null, 1] } };
    expect(asDecoded(value)).toBe(value);
  });
});

it.each([
  ['annotated', injectText],
  ['given a proxy', injectManually],
])('a pod with null among its texts and a number beyond 2^53 is %s, and comes back', (_, change) => {
  for (const text of [pod, pod.replace('{name: a, image', '&c {name: a, image')]) {
    const { text: changed, findings } = change(text, {}, context);
    expect(findings.map(({ verdict }) => verdict)).not.toContain('failed');
    expect(changed).not.toBe(text);
    expect(uninjectText(changed).text).toBe(text);
  }
});

it.each([
  ['blank lines', '\r\n'],
  ['lines of spaces', '   \r\n'],
  ['comments', '# x\r\n'],
  ['blank lines of LF', '\n'],
])('a pod among 200,000 %s is read in time that its length tells', async (_, line) => {
  const text = (size: number) => pod.replaceAll('\n', '\r\n').replace('spec:', `${line.repeat(size)}spec:`);
  expect(await cpuRatio(100_000, (size) => () => injectText(text(size)))).toBeLessThanOrEqual(3);
});
