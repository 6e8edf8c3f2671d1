import { expect, it } from 'vitest';
import { isSurprising, reasonCodes, reasonSentences } from '../../src/inject/reasons.ts';

it.each(reasonCodes)('the reason %s is a snake_case code with one sentence', (code) => {
  expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/u);
  expect(reasonSentences[code]).toMatch(/^the |^neither |^only /u);
  expect(reasonSentences[code]).not.toContain('\n');
});

it('reasons that nobody asked against are not worth an event', () => {
  expect(reasonCodes.filter(isSurprising)).toEqual([
    'invalid_on_pod',
    'invalid_on_namespace',
    'host_network',
    'windows_node',
    'foreign_sidecar',
    'mirror_pod',
  ]);
});
