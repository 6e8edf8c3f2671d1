import { describe, expect, it } from 'vitest';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { fallbackLimits, rowOf, settingKeys, type SettingKey } from '../../src/settings/table.ts';
import { quantityType } from '../../src/settings/values/quantity.ts';

describe('the table of settings', () => {
  it.each(settingKeys)('%s has a default that its own parser takes, and a sentence', (key) => {
    const { default: text, type, doc } = rowOf(key);
    if (text !== null) expect(type.parse(text)).toMatchObject({ ok: true });
    expect(doc).toMatch(/^[A-Z].*[^.]$/u);
  });

  it.each(Object.entries(envoy.defaults))("%s can be read with the backend's default %j", (key, text) => {
    expect(rowOf(key as SettingKey).type.parse(text)).toMatchObject({ ok: true });
  });

  it.each(Object.entries(fallbackLimits))('%s falls back to a quantity', (_, text) => {
    expect(quantityType.parse(text)).toMatchObject({ ok: true });
  });
});
