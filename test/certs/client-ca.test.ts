import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { watchClientCa } from '../../src/certs/client-ca.ts';
import { createSelfSigned } from '../../src/certs/self-signed.ts';
import { makeFolder } from '../commands/files.ts';
import { pollUntil } from '../e2e/poll-until.ts';

const newCa = async (): Promise<string> => (await createSelfSigned({ names: ['a'] })).ca;

describe('a file without a CA is refused by name', () => {
  it.each<[string, string | undefined, RegExp]>([
    ['missing', undefined, /^cannot read .*ca\.crt: ENOENT$/u],
    ['empty', '', /ca\.crt holds no PEM certificate$/u],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /holds no PEM certificate$/u],
    [
      'no certificate inside of its PEM',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      /ca\.crt: certificate 1 cannot be read$/u,
    ],
  ])('%s', async (_, text, error) => {
    const file = path.join(await makeFolder(), 'ca.crt');
    if (text !== undefined) await writeFile(file, text);
    await expect(watchClientCa({ file, log: () => undefined })).rejects.toThrow(error);
  });
});

it('a file is read again when it changes; what cannot be taken is said, and the old one kept', async () => {
  const file = path.join(await makeFolder(), 'ca.crt');
  const [first, second] = [await newCa(), await newCa()];
  await writeFile(file, `# the first\n${first}`);
  const said: string[] = [];
  const source = await watchClientCa({
    file,
    intervalMs: 10,
    log: (level, fields, message) => void said.push(`${level} ${message} ${JSON.stringify(fields)}`),
  });
  onTestFinished(() => source.stop());
  const changes: string[] = [];
  source.onChange((ca) => changes.push(ca));
  expect(source.current).toBe(first.trim());

  await writeFile(file, 'nothing');
  await pollUntil(() => said.some((line) => line.includes('holds no PEM')), {
    timeoutMs: 10_000,
    what: 'the warning',
  });
  expect(source.current).toBe(first.trim());
  await writeFile(file, `${second}${first}`);
  await pollUntil(() => changes.length > 0, { timeoutMs: 10_000, what: 'the change' });
  expect(source.current).toBe(changes.at(-1));
  expect(source.current.match(/BEGIN/gu)).toHaveLength(2);
});
