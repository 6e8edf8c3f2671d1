import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { readInstallation, type Installation } from '../../src/settings/config.ts';
import { builtInConfig } from '../../src/settings/config-schema.ts';

const read = (yaml: string): ReturnType<typeof readInstallation> =>
  readInstallation(parse(yaml), envoy.defaults);

function installationOf(yaml: string): Installation {
  const result = read(yaml);
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.value;
}

function errorsOf(yaml: string): readonly string[] {
  const result = read(yaml);
  return result.ok ? [] : result.errors;
}

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a configuration', () => {
  it.each([
    ['nothing', ''],
    ['an empty map', '{}'],
    ['empty sections', 'server:\nimages: {}\ninjection: null\ndefaults:'],
  ])('of %s is the built-in one', (_, yaml) => {
    const { config, keys, locked, shutdownDelayMs } = installationOf(yaml);
    expect(config).toEqual(builtInConfig);
    expect(keys.inject).toBe('linkerd.io/inject');
    expect(locked).toEqual(new Set());
    expect(shutdownDelayMs).toBe(5000);
  });

  it('is completed section by section; lists are replaced', () => {
    const { config } = installationOf('server: {port: 9443}\nenvoy: {upgrades: [websocket]}');
    expect(config.server).toEqual({ ...builtInConfig.server, port: 9443 });
    expect(config.envoy.upgrades).toEqual(['websocket']);
  });

  it('chooses the domain of all keys', () => {
    const { keys } = installationOf('annotationDomain: mesh.example.org');
    expect(keys.config('opaque-ports')).toBe('config.mesh.example.org/opaque-ports');
  });

  it.each([
    ['cluster: {ipv6: true, nativeSidecars: false}', { ipv6: true, nativeSidecars: false }],
    ['cluster: {ipv6: auto}', { ipv6: 'auto', nativeSidecars: 'auto' }],
  ])('%s is accepted', (yaml, cluster) => {
    expect(installationOf(yaml).config.cluster).toEqual(cluster);
  });

  it('says how long certificates live', () => {
    const hour = 3_600_000;
    expect(installationOf('').certificateLives).toEqual({
      leafLifeMs: 720 * hour,
      caLifeMs: 8760 * hour,
      overlapMs: hour,
    });
    expect(installationOf('certificates: {leafLife: 10s, caLife: 1m, overlap: 5s}').certificateLives).toEqual(
      { leafLifeMs: 10_000, caLifeMs: 60_000, overlapMs: 5000 },
    );
  });

  it('locks settings', () => {
    expect(installationOf('annotations: {locked: [proxy-image, init-image]}').locked).toEqual(
      new Set(['proxy-image', 'init-image']),
    );
  });
});

describe('a configuration is refused', () => {
  it.each([
    ['a list', '[]', 'the file: [] is not a map'],
    ['a text', 'hello', 'the file: "hello" is not a map'],
    ['an unknown section', 'servr: {}', 'servr is not a setting; did you mean server?'],
    ['an unknown key', 'server: {opsport: 1}', 'server.opsport is not a setting; did you mean opsPort?'],
    ['an unknown key far from all others', 'qqqqqqqqqq: 1', 'qqqqqqqqqq is not a setting'],
    ["an unknown key that is part of JavaScript's objects", '{toString: 1}', 'toString is not a setting'],
    ['a section that is a text', 'server: 8443', 'server: 8443 is not a map'],
    ['a section that is a list', 'images: [a]', 'images: ["a"] is not a map'],
    [
      'a domain in capitals',
      'annotationDomain: Linkerd.io',
      'annotationDomain: "Linkerd.io" is not a DNS name in lower case',
    ],
    ['a domain of nothing', "annotationDomain: ''", 'annotationDomain: "" is not a DNS name in lower case'],
    ['another backend', 'backend: linkerd', 'backend: "linkerd" is not one of envoy'],
    [
      'another source of certificates',
      'certificates: {source: vault}',
      'certificates.source: "vault" is not one of own, files',
    ],
    [
      'a Service that is no name',
      'certificates: {service: a.b}',
      'certificates.service: "a.b" is not a name of a Service',
    ],
    [
      'a list of configurations without their kind',
      'certificates: {configurations: [outrigger]}',
      'certificates.configurations: ["outrigger"] is not a map',
    ],
    [
      'a name of a configuration in capitals',
      'certificates: {configurations: {mutating: [Outrigger]}}',
      'certificates.configurations.mutating: ["Outrigger"] is not a list of names of MutatingWebhookConfigurations',
    ],
    [
      'a life without a unit',
      "certificates: {leafLife: '30'}",
      'certificates.leafLife: "30" is not a duration; write a number with its unit, such as 500ms, 3s or 1m30s',
    ],
    [
      'a leaf that lives nearly as long as its authority',
      'certificates: {leafLife: 13h, caLife: 24h}',
      'certificates.leafLife: "13h" is more than half of caLife, "24h"',
    ],
    [
      'an overlap for which an authority has no time',
      'certificates: {leafLife: 1h, caLife: 10h}',
      'certificates.overlap: "1h" is more than a twelfth of caLife, "10h"',
    ],
    ['a wrong word', 'injection: {selectBy: all}', 'injection.selectBy: "all" is not one of label, any'],
    [
      'a text for a port',
      "server: {port: '8443'}",
      'server.port: "8443" is not a port, 0 to 65535 (0: any free one)',
    ],
    [
      'a port too high',
      'server: {opsPort: 65536}',
      'server.opsPort: 65536 is not a port, 0 to 65535 (0: any free one)',
    ],
    [
      'no reviews',
      'server: {maxInFlight: 0}',
      'server.maxInFlight: 0 is not a whole number of reviews, 1 or more',
    ],
    [
      'a delay without unit',
      "server: {shutdownDelay: '5'}",
      'server.shutdownDelay: "5" is not a duration; write a number with its unit, such as 500ms, 3s or 1m30s',
    ],
    ['a word for a boolean', 'init: {runAsRoot: "yes"}', 'init.runAsRoot: "yes" is not true or false'],
    [
      'a wrong mode',
      'init: {iptablesMode: nftables}',
      'init.iptablesMode: "nftables" is not one of nft, legacy, plain',
    ],
    ['a wrong auto', 'cluster: {ipv6: Auto}', 'cluster.ipv6: "Auto" is not true, false or auto'],
    ['a number for a tag', 'images: {proxy: {tag: 1.40}}', 'images.proxy.tag: 1.4 is not a tag'],
    [
      'half a digest',
      'images: {init: {digest: sha256:12}}',
      'images.init.digest: "sha256:12" is not a digest, sha256: and 64 hexadecimal digits',
    ],
    [
      'a list of pull secrets with a number',
      'images: {pullSecrets: [a, 1]}',
      'images.pullSecrets: ["a",1] is not a list of names of Secrets',
    ],
    [
      'an upgrade of two words',
      'envoy: {upgrades: [a b]}',
      'envoy.upgrades: ["a b"] is not a list of protocols as they stand in the Upgrade header',
    ],
    [
      'a locked setting that is none',
      'annotations: {locked: [proxy-imge]}',
      'annotations.locked: proxy-imge is not a setting; did you mean proxy-image?',
    ],
    [
      'a default that is no setting',
      'defaults: {skip-outbond-ports: 80}',
      'defaults: skip-outbond-ports is not a setting; did you mean skip-outbound-ports?',
    ],
    [
      'a default that is no setting and has no value',
      'defaults: {skip-outbond-ports: }',
      'defaults: skip-outbond-ports is not a setting; did you mean skip-outbound-ports?',
    ],
    [
      'a default that is a list',
      'defaults: {opaque-ports: [80]}',
      'defaults.opaque-ports: [80] is not a text',
    ],
    ['a list of defaults', 'defaults: [80]', 'defaults: [80] is not settings with their text'],
    [
      'a default with a bad value',
      'defaults: {proxy-cpu-limit: lots}',
      'setting defaults.proxy-cpu-limit: "lots" is not a quantity; write such as 100m, 0.5, 64Mi or 1Gi',
    ],
    [
      'a registry with a scheme',
      'images: {registry: "https://mirror.local", proxy: {repository: "localhost/envoy"}}',
      'images.proxy: "https://mirror.local/envoy:distroless-v1.40.0" is not an image',
    ],
  ])('for %s', (_, yaml, error) => {
    expect(errorsOf(yaml)).toContain(error);
  });

  it('for a key that would change the prototype', () => {
    expect(readInstallation(JSON.parse('{"__proto__": {"backend": "x"}}'), envoy.defaults)).toEqual({
      ok: false,
      errors: ['__proto__ is not a setting'],
    });
  });

  it('with all its problems at once, those of shape and those of value', () => {
    const errors = errorsOf(`
      servr: {}
      backend: linkerd
      server: {port: -1}
      images: {init: {repository: A B}, proxy: {repository: C D}}
      annotations: {locked: [proxy-imge, proxy-uid, nothing-at-all]}
      defaults: {proxy-uid: 0, proxy-await: [], opaque-port: 80}`);
    expect(errors).toEqual([
      'backend: "linkerd" is not one of envoy',
      expect.stringContaining('server.port: -1'),
      'defaults.proxy-await: [] is not a text',
      expect.stringContaining('servr is not a setting'),
      'images.init: "A B:v2.4.9" is not an image',
      'images.proxy: "C D:distroless-v1.40.0" is not an image',
      expect.stringContaining('annotations.locked: proxy-imge'),
      expect.stringContaining('annotations.locked: nothing-at-all'),
    ]);
  });
});

describe('a default of the installation', () => {
  it.each([
    ['skip-outbound-ports: 4406', '4406'],
    ['skip-outbound-ports: "4406"', '4406'],
    ['skip-outbound-ports: ""', ''],
  ])('may be written bare: %s', (yaml, text) => {
    const { defaults } = installationOf(`defaults: {${yaml}}`);
    expect(defaults['skip-outbound-ports']).toMatchObject({ text, place: 'installation' });
  });

  it.each([
    ['proxy-cpu-limit', 'proxy-cpu-limit: 0.5', { text: '0.5', amount: 0.5 }],
    ['proxy-uid', 'proxy-uid: 3000', 3000],
    [
      'proxy-disable-inbound-protocol-detect-timeout',
      'proxy-disable-inbound-protocol-detect-timeout: true',
      true,
    ],
  ] as const)('may be a YAML number or boolean: %s', (key, yaml, value) => {
    expect(installationOf(`defaults:\n  ${yaml}`).defaults[key].value).toEqual(value);
  });

  it('without a value leaves the built-in one', () => {
    const { defaults } = installationOf('defaults:\n  proxy-memory-limit:\n  proxy-uid:');
    expect(defaults['proxy-memory-limit']).toMatchObject({ value: null, place: 'built-in' });
    expect(defaults['proxy-uid']).toMatchObject({ value: 2102, place: 'built-in' });
  });

  it("stands over the backend's, which it can refer to", () => {
    const { defaults } = installationOf('defaults: {skip-outbound-ports: "default,9999"}');
    expect(defaults['skip-outbound-ports']).toMatchObject({
      text: 'default,9999',
      overrides: { text: '4567,4568', place: 'built-in' },
    });
  });
});

describe('the images of the installation', () => {
  it.each([
    ['the built-in ones', '', 'ghcr.io/linkerd/proxy-init:v2.4.9', 'envoyproxy/envoy:distroless-v1.40.0'],
    [
      'from another registry',
      'registry: mirror.local:5000/x',
      'mirror.local:5000/x/linkerd/proxy-init:v2.4.9',
      'mirror.local:5000/x/envoyproxy/envoy:distroless-v1.40.0',
    ],
    [
      'with another repository and the default tag',
      'proxy: {repository: docker.io/envoyproxy/envoy}',
      'ghcr.io/linkerd/proxy-init:v2.4.9',
      'docker.io/envoyproxy/envoy:distroless-v1.40.0',
    ],
    [
      'with another tag',
      'init: {tag: v2.4.8}',
      'ghcr.io/linkerd/proxy-init:v2.4.8',
      'envoyproxy/envoy:distroless-v1.40.0',
    ],
    [
      'with a digest beside the tag',
      `proxy: {digest: "${digest}"}`,
      'ghcr.io/linkerd/proxy-init:v2.4.9',
      `envoyproxy/envoy:distroless-v1.40.0@${digest}`,
    ],
    [
      'with everything at once',
      `registry: mirror.local, init: {repository: localhost/a/b, tag: x, digest: "${digest}"}`,
      `mirror.local/a/b:x@${digest}`,
      'mirror.local/envoyproxy/envoy:distroless-v1.40.0',
    ],
  ])('are %s', (_, yaml, init, proxy) => {
    const { defaults } = installationOf(`images: {${yaml}}`);
    expect(defaults['init-image'].text).toBe(init);
    expect(defaults['proxy-image'].text).toBe(proxy);
  });

  it('give way to an image among the defaults', () => {
    const { defaults } = installationOf(
      'images: {registry: mirror.local}\ndefaults: {proxy-image: "other.local/envoy:v1.40.1"}',
    );
    expect(defaults['proxy-image'].text).toBe('other.local/envoy:v1.40.1');
    expect(defaults['init-image'].text).toBe('mirror.local/linkerd/proxy-init:v2.4.9');
  });
});
