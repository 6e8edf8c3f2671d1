/** What follows from a configuration of the right shape: settings, keys and times, or what is wrong with its values. */
import { readCertificateLives, type CertificateLives } from './certificate-lives.ts';
import { builtInConfig, didYouMean, type Config } from './config-schema.ts';
import { keysOf, type Keys } from './keys.ts';
import { nearest } from './nearest.ts';
import { builtInSettings, overrideDefaults, type Settings } from './read.ts';
import { settingKeys, type SettingKey } from './table.ts';
import { durationType } from './values/duration.ts';
import { formatImage, parseImage, type ImageReference } from './values/image.ts';
import { quote } from './values/result.ts';

/** A configuration that has been checked, with what follows from it. */
export interface Installation {
  readonly config: Config;
  readonly keys: Keys;
  readonly defaults: Settings;
  readonly locked: ReadonlySet<SettingKey>;
  readonly shutdownDelayMs: number;
  readonly certificateLives: CertificateLives;
}

export type ReadInstallation =
  | { readonly ok: true; readonly value: Installation }
  | { readonly ok: false; readonly errors: readonly string[] };

/**
 * The installation of somebody who has given no configuration file.
 * @param backendDefaults as in `readInstallation`
 */
export function builtInInstallation(
  backendDefaults: Partial<Readonly<Record<SettingKey, string>>>,
): Installation {
  const read = readValues(builtInConfig, backendDefaults);
  if (!read.ok) throw new TypeError(`the built-in configuration: ${read.errors.join('; ')}`);
  return read.value;
}

/** @param config of the right shape; its values are judged here */
export function readValues(
  config: Config,
  backendDefaults: Partial<Readonly<Record<SettingKey, string>>>,
): ReadInstallation {
  const images = readImages(config);
  const delay = durationType({ minMs: 0, maxMs: 300_000 }).parse(config.server.shutdownDelay);
  const lives = readCertificateLives(config.certificates);
  const base = overrideDefaults(builtInSettings(), 'built-in', { ...backendDefaults }).settings;
  const withImages = overrideDefaults(base, 'installation', images.texts).settings;
  const known = Object.entries(config.defaults).filter(
    ([key, text]) => isSettingKey(key) && text !== undefined,
  );
  const { settings, problems } = overrideDefaults(withImages, 'installation', Object.fromEntries(known));
  const errors = [
    ...images.errors,
    ...(delay.ok ? [] : [`server.shutdownDelay: ${delay.error}`]),
    ...(lives.ok ? [] : lives.error),
    ...unknownSettings('defaults', Object.keys(config.defaults)),
    ...unknownSettings('annotations.locked', config.annotations.locked),
    ...problems.map(({ message }) => message),
  ];
  if (errors.length > 0 || !delay.ok || !lives.ok) return { ok: false, errors };
  const locked = new Set(config.annotations.locked as SettingKey[]);
  const keys = keysOf(config.annotationDomain);
  const times = { shutdownDelayMs: delay.value, certificateLives: lives.value };
  return { ok: true, value: { config, keys, defaults: settings, locked, ...times } };
}

function unknownSettings(path: string, names: readonly string[]): string[] {
  return names
    .filter((name) => !isSettingKey(name))
    .map((name) => `${path}: ${name} is not a setting${didYouMean(nearest(name, settingKeys))}`);
}

function isSettingKey(name: string): name is SettingKey {
  return (settingKeys as readonly string[]).includes(name);
}

interface ImageTexts {
  readonly texts: Partial<Readonly<Record<SettingKey, string>>>;
  readonly errors: readonly string[];
}

function readImages({ images, defaults }: Config): ImageTexts {
  const builtIn = builtInSettings();
  const texts: Partial<Record<SettingKey, string>> = {};
  const errors: string[] = [];
  for (const [name, key] of [
    ['init', 'init-image'],
    ['proxy', 'proxy-image'],
  ] as const) {
    const base = builtIn[key].value;
    if (base === null || defaults[key] !== undefined) continue;
    const text = formatImage(fromRegistry(images.registry, { ...base, ...images[name] }));
    if (parseImage(text)) texts[key] = text;
    else errors.push(`images.${name}: ${quote(text)} is not an image`);
  }
  return { texts, errors };
}

/** Puts another registry in place of an image's own: `docker.io/envoyproxy/envoy` on `mirror.local/x` is `mirror.local/x/envoyproxy/envoy`. */
function fromRegistry(registry: string, reference: ImageReference): ImageReference {
  if (registry === '') return reference;
  const [host = '', ...path] = reference.repository.split('/');
  const hasHost = path.length > 0 && /[.:]|^localhost$/u.test(host);
  return { ...reference, repository: `${registry}/${hasHost ? path.join('/') : reference.repository}` };
}
