import { expect, it } from 'vitest';
import { pollUntil } from './poll-until.ts';

it('gives the first truthy value, throws counting as not yet', async () => {
  const answers = [() => undefined, () => Promise.reject(new Error('not yet')), () => 'ready', () => 'late'];
  await expect(
    pollUntil<string | undefined>(() => answers.shift()!(), {
      timeoutMs: 10_000,
      what: 'it',
      intervalMs: 1,
    }),
  ).resolves.toBe('ready');
});

it('says what it waited for and what went wrong last', async () => {
  const options = { timeoutMs: 5, what: 'the server', intervalMs: 1 };
  await expect(pollUntil(() => Promise.reject(new Error('refused')), options)).rejects.toThrow(
    'waited 5 ms in vain for the server: refused',
  );
});
