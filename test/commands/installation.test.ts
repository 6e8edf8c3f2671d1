import { describe, expect, it } from 'vitest';
import { loadInstallation } from '../../src/commands/installation.ts';
import { OutriggerError } from '../../src/errors.ts';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { builtInConfig } from '../../src/settings/config-schema.ts';
import { makeFolder, writeText } from './files.ts';

async function failure(file: string): Promise<OutriggerError> {
  const error: unknown = await loadInstallation(file, envoy).catch((caught: unknown) => caught);
  if (!(error instanceof OutriggerError)) throw new Error('no OutriggerError was thrown', { cause: error });
  return error;
}

describe('the installation', () => {
  it('without a file is the built-in one', async () => {
    const { config, shutdownDelayMs } = await loadInstallation(undefined, envoy);
    expect(config).toEqual(builtInConfig);
    expect(shutdownDelayMs).toBe(5000);
  });

  it.each([
    ['empty', ''],
    ['only comments', '# nothing\n'],
    ['an empty document', '---\n...\n'],
    ['null', 'null\n'],
  ])('with a file that is %s is the built-in one', async (_, text) => {
    expect((await loadInstallation(await writeText(text), envoy)).config).toEqual(builtInConfig);
  });

  it('is what the file says, over what is built in', async () => {
    const file = await writeText(
      'server: { shutdownDelay: 1500ms }\ndefaults: { skip-outbound-ports: 4406 }\n',
    );
    const { config, defaults, shutdownDelayMs } = await loadInstallation(file, envoy);
    expect(config.server).toEqual({ ...builtInConfig.server, shutdownDelay: '1500ms' });
    expect(defaults['skip-outbound-ports']).toMatchObject({ text: '4406', place: 'installation' });
    expect(shutdownDelayMs).toBe(1500);
  });

  it('with merge keys is what they mean', async () => {
    const file = await writeText('defaults: { <<: { proxy-await: disabled }, access-log: json }\n');
    const { defaults } = await loadInstallation(file, envoy);
    expect([defaults['proxy-await'].text, defaults['access-log'].text]).toEqual(['disabled', 'json']);
  });

  it('that is wrong is refused with the file and a line for each mistake', async () => {
    const file = await writeText(
      'sever: {}\nserver: { port: 70000, opsPort: x }\ndefaults: { proxy-awiat: x }\n',
    );
    const { code, message } = await failure(file);
    expect(code).toBe('settings');
    const lines = message.split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.startsWith(`${file}: `)).toBe(true);
    expect(message).toContain('sever is not a setting; did you mean server?');
    expect(message).toContain('server.port: 70000 is not a port');
    expect(message).toContain('server.opsPort: "x" is not a port');
    expect(message).toContain('defaults: proxy-awiat is not a setting; did you mean proxy-await?');
  });

  it.each([
    ['a list', '[]'],
    ['a text', 'hello'],
    ['a number', '5'],
  ])('in a file that is %s is refused', async (_, text) => {
    expect(await failure(await writeText(text))).toMatchObject({ code: 'settings' });
  });

  it('in two documents is refused', async () => {
    const error = await failure(await writeText('server: {}\n---\nserver: {}\n'));
    expect(error).toMatchObject({ code: 'settings' });
    expect(error.message).toContain('it holds 2 documents, a configuration is one');
  });

  it('in a file that is not YAML is refused with line and column', async () => {
    const error = await failure(await writeText('server:\n  port: [\n'));
    expect(error).toMatchObject({ code: 'file' });
    expect(error.message).toMatch(/file\.yaml: .* at line \d+, column \d+/su);
  });

  it('in a file that is not there is refused with its name', async () => {
    const folder = await makeFolder();
    expect(await failure(`${folder}/missing.yaml`)).toMatchObject({
      code: 'file',
      message: `${folder}/missing.yaml: no such file`,
    });
    expect(await failure(folder)).toMatchObject({ code: 'file' });
  });
});
