import { describe, expect, it } from 'vitest';
import { keysOf } from '../../src/settings/keys.ts';
import { linkerdOnlyKeys } from '../../src/settings/linkerd-keys.ts';
import { settingKeys } from '../../src/settings/table.ts';

describe('annotation keys', () => {
  const keys = keysOf('linkerd.io');

  it('hang on one domain', () => {
    const other = keysOf('mesh.example.org');
    expect(other.inject).toBe('mesh.example.org/inject');
    expect(other.injected).toBe('mesh.example.org/injected');
    expect(other.config('opaque-ports')).toBe('config.mesh.example.org/opaque-ports');
    expect(other.settingOf('config.mesh.example.org/opaque-ports')).toBe('opaque-ports');
    expect(other.settingOf('config.linkerd.io/opaque-ports')).toBeUndefined();
    expect(other.isConfig('config.linkerd.io/opaque-ports')).toBe(false);
  });

  it('lead from each setting to its annotation and back', () => {
    for (const setting of settingKeys) expect(keys.settingOf(keys.config(setting))).toBe(setting);
  });

  it.each([
    ['config.alpha.linkerd.io/proxy-wait-before-exit-seconds', 'proxy-wait-before-exit-seconds'],
    ['config.alpha.linkerd.io/proxy-enable-native-sidecar', 'proxy-enable-native-sidecar'],
    ['config.beta.linkerd.io/proxy-enable-native-sidecar', 'proxy-enable-native-sidecar'],
    ['config.linkerd.io/init-image-version', 'init-version'],
    ['config.beta.linkerd.io/opaque-ports', undefined],
    ['linkerd.io/opaque-ports', undefined],
    ['config.linkerd.io/toString', undefined],
  ])('%s means %s', (annotation, setting) => {
    expect(keys.settingOf(annotation)).toBe(setting);
  });

  it.each([
    ['config.linkerd.io/whatever', true],
    ['config.alpha.linkerd.io/whatever', true],
    ['config.beta.linkerd.io/whatever', true],
    ['linkerd.io/inject', false],
    ['xconfig.linkerd.io/whatever', false],
    ['config.linkerd.io.example.org/whatever', false],
  ])('%s is one of ours: %s', (annotation, expected) => {
    expect(keys.isConfig(annotation)).toBe(expected);
  });

  it('of Linkerd alone are no settings of ours', () => {
    expect(settingKeys.filter((key) => linkerdOnlyKeys.has(key))).toEqual([]);
  });
});
