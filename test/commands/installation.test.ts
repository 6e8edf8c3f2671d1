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

/** What a refused default was read as. */
function quotedIn(error: unknown): unknown {
  const [quoted = ''] = /"[^"]*"/u.exec(String(error)) ?? [];
  return quoted === '' ? error : JSON.parse(quoted);
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

  it.each([
    ['2.40', '2.40'],
    ['010', '010'],
    ['0x1F', '0x1F'],
    ['0o17', '0o17'],
    ['1_000', '1_000'],
    ['1e3', '1e3'],
    ['1.0', '1.0'],
    ['.5_', '.5_'],
    ['true', 'true'],
    ['Off', 'Off'],
    ['!!str 2.40', '2.40'],
    ["'2.40'", '2.40'],
    ['"2.4\\x30"', '2.40'],
    ['|-\n    2.40', '2.40'],
    ['12345678901234567890', '12345678901234567890'],
  ])('reads the default %s as the text %s', async (text, expected) => {
    const { config } = await loadInstallation(
      await writeText(`defaults:\n  proxy-await: enabled\n  init-version: ${text}\n`),
      envoy,
    ).catch((error: unknown) => ({ config: { defaults: { 'init-version': quotedIn(error) } } }));
    expect(config.defaults['init-version']).toBe(expected);
  });

  it.each([
    ['an image tag', 'images: {proxy: {tag: 1.40}}', 'envoyproxy/envoy:1.40'],
    ['an alias', 'defaults: {init-version: &v 1.40}\nimages: {proxy: {tag: *v}}', 'envoyproxy/envoy:1.40'],
    ['a merge', 'images: {proxy: {<<: {tag: 1.40}}}', 'envoyproxy/envoy:1.40'],
    ['JSON', '{"images": {"proxy": {"tag": 1.40}}}', 'envoyproxy/envoy:1.40'],
  ])('reads %s as its author wrote it', async (_, text, expected) => {
    const { defaults } = await loadInstallation(await writeText(text), envoy);
    expect(defaults['proxy-image'].text).toBe(expected);
  });

  it.each([
    ['images: {proxy: {tag: distroless-v1.30.0}}', 'images.proxy: envoyproxy/envoy:distroless-v1.30.0'],
    ['images: {registry: m.local, proxy: {tag: v1.4}}', 'images.proxy: m.local/envoyproxy/envoy:v1.4'],
    ['defaults: {proxy-version: v1.30.0}', 'defaults.proxy-version: envoyproxy/envoy:v1.30.0'],
    ['defaults: {proxy-image: ghcr.io/linkerd/proxy}', 'defaults.proxy-image: ghcr.io/linkerd/proxy'],
    [
      'defaults: {proxy-image: a/b, proxy-version: stable-2.14}',
      'defaults.proxy-image and defaults.proxy-version: a/b:stable-2.14',
    ],
  ])('%s does not start: that image cannot run what is rendered', async (text, named) => {
    const file = await writeText(text);
    expect((await failure(file)).message).toBe(
      `${file}: ${named} cannot be the proxy; allowed is an Envoy image by a tag of 1.40 or by its digest`,
    );
  });

  it.each([
    ['an alias of nothing', 'defaults: {init-version: *x}', '1:26: *x stands for nothing'],
    ['an alias of what it stands in', 'defaults: &a {b: *a}', '1:18: *a stands for what it is a part of'],
    ['lists in lists', `defaults: ${'['.repeat(5000)}`, 'this is nested deeper than 500 levels'],
    ['maps as keys', `${'? '.repeat(400)}a`, '1:3: a collection stands as a key'],
  ])('with %s is refused in one line', async (_, text, sentence) => {
    const { message } = await failure(await writeText(text));
    expect(message).toContain(sentence);
    expect(message.split('\n')).toHaveLength(1);
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
    expect(error.message).toMatch(/file\.yaml:\d+:\d+: /u);
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
