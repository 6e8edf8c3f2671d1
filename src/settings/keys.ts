/** Annotation and label keys. They all hang on one domain, `linkerd.io` unless the installation says otherwise. */
import { rowOf, settingKeys, type SettingKey } from './table.ts';

export interface Keys {
  readonly domain: string;
  /** The wish: label of a namespace, annotation of a pod. */
  readonly inject: string;
  readonly createdBy: string;
  readonly proxyVersion: string;
  /** The manifest of what was added. */
  readonly injected: string;
  /** The full annotation key of a setting. */
  config(setting: SettingKey): string;
  /** The setting that an annotation key means, or undefined where it means none. */
  settingOf(annotation: string): SettingKey | undefined;
  /** True for each key below `config.DOMAIN/`, `config.alpha.DOMAIN/` and `config.beta.DOMAIN/`, known or not. */
  isConfig(annotation: string): boolean;
}

export function keysOf(domain: string): Keys {
  const settingByAnnotation = new Map<string, SettingKey>();
  for (const setting of settingKeys)
    for (const key of [`config/${setting}`, ...rowOf(setting).aliases])
      settingByAnnotation.set(fullKey(key, domain), setting);
  const prefixes = ['config', 'config.alpha', 'config.beta'].map((prefix) => `${prefix}.${domain}/`);
  return {
    domain,
    inject: `${domain}/inject`,
    createdBy: `${domain}/created-by`,
    proxyVersion: `${domain}/proxy-version`,
    injected: `${domain}/injected`,
    config: (setting) => `config.${domain}/${setting}`,
    settingOf: (annotation) => settingByAnnotation.get(annotation),
    isConfig: (annotation) => prefixes.some((prefix) => annotation.startsWith(prefix)),
  };
}

/** `config.alpha/x` in the domain linkerd.io is `config.alpha.linkerd.io/x`. */
function fullKey(key: string, domain: string): string {
  const slash = key.indexOf('/');
  return `${key.slice(0, slash)}.${domain}${key.slice(slash)}`;
}
