/**
 * Settings in layers: built-in < installation < namespace < pod. Each setting remembers what it overrides, so
 * that `default` in a port list has something to stand for and every value can say where it came from.
 */
import type { StringMap } from '../kubernetes.types.ts';
import { maxWarnings, problem, warning, type Place, type Problem, type Warning } from '../messages.ts';
import type { Keys } from './keys.ts';
import { linkerdOnlyKeys } from './linkerd-keys.ts';
import { nearest } from './nearest.ts';
import { rowOf, settingKeys, type SettingKey, type ValueOf } from './table.ts';
import { parseText, type Result } from './values/result.ts';

export interface Setting<T> {
  /** null where nobody has set it and there is no default. */
  readonly value: T | null;
  /** The literal text that was read. */
  readonly text: string;
  readonly place: Place;
  /** The key under which it was found there. */
  readonly key: string;
  readonly overrides: Setting<T> | null;
}

export type Settings = { readonly [K in SettingKey]: Setting<ValueOf<K>> };

/** The setting as it stands without the annotations of pod and namespace. */
export function ofInstallation<T>(setting: Setting<T>): Setting<T> {
  const isAnnotation = setting.place === 'pod' || setting.place === 'namespace';
  return isAnnotation && setting.overrides ? ofInstallation(setting.overrides) : setting;
}

/** What has been read down to some place. Problems are by setting: a later place that overrides one drops it. */
export interface Reading {
  readonly settings: Settings;
  readonly problems: ReadonlyMap<SettingKey, Problem>;
  readonly warnings: readonly Warning[];
}

export interface ReadPolicy {
  readonly keys: Keys;
  /** Settings that only the installation may set. */
  readonly locked: ReadonlySet<SettingKey>;
}

/** The rows' own defaults. */
export function builtInSettings(): Settings {
  const entries = settingKeys.map((key): [SettingKey, Setting<unknown>] => {
    const text = rowOf(key).default;
    return [
      key,
      {
        value: null,
        text: '',
        place: 'built-in',
        key,
        overrides: null,
        ...(text !== null && read(key, text)),
      },
    ];
  });
  return Object.fromEntries(entries) as unknown as Settings;
}

function read(key: SettingKey, text: string): { value: unknown; text: string } {
  const result = rowOf(key).type.parse(text);
  if (!result.ok) throw new TypeError(`the built-in default of ${key} cannot be read: ${result.error}`);
  return { value: result.value, text };
}

/** Puts defaults over others, all of them in the annotation's own syntax. */
export function overrideDefaults(
  base: Settings,
  place: 'built-in' | 'installation',
  texts: Partial<Readonly<Record<SettingKey, string>>>,
): { readonly settings: Settings; readonly problems: readonly Problem[] } {
  const layer = new Layer({ settings: base, problems: new Map(), warnings: [] }, place);
  for (const [key, text] of Object.entries(texts)) layer.set(key as SettingKey, `defaults.${key}`, text);
  const { settings, problems } = layer.finish();
  return { settings, problems: [...problems.values()] };
}

/**
 * Reads the annotations of a namespace or a pod over what has been read so far. Where they hold none of our
 * keys, the same reading comes back.
 */
export function readAnnotations(
  base: Reading,
  place: 'namespace' | 'pod',
  annotations: StringMap | null | undefined,
  policy: ReadPolicy,
): Reading {
  const { keys, locked } = policy;
  const layer = new Layer(base, place);
  for (const annotation in annotations) {
    if (!Object.hasOwn(annotations, annotation) || !keys.isConfig(annotation)) continue;
    const setting = keys.settingOf(annotation);
    if (setting === undefined) layer.warnUnknown(annotation, keys);
    else if (annotation !== keys.config(setting) && keys.config(setting) in annotations) continue;
    else if (place === 'namespace' && rowOf(setting).scope === 'pod') layer.warnPodOnly(annotation);
    else if (locked.has(setting))
      layer.reject(setting, problem('locked_setting', { place, key: annotation }));
    else layer.set(setting, annotation, annotations[annotation] ?? '');
  }
  return layer.finish();
}

interface Draft {
  readonly settings: Record<string, Setting<unknown>>;
  readonly problems: Map<SettingKey, Problem>;
  readonly warnings: Warning[];
}

/** One place's settings in the making: copies what it overrides on the first write, and only then. */
class Layer {
  readonly #base: Reading;
  readonly #place: Place;
  #own: Draft | undefined;

  constructor(base: Reading, place: Place) {
    this.#base = base;
    this.#place = place;
  }

  set(setting: SettingKey, key: string, text: string): void {
    const { type } = rowOf(setting);
    const result: Result<unknown> = parseText(type, text);
    if (!result.ok) {
      this.reject(setting, problem('invalid_setting', { place: this.#place, key, error: result.error }));
      return;
    }
    const { settings, problems } = this.#write();
    const overrides = this.#base.settings[setting];
    settings[setting] = { value: result.value, text, place: this.#place, key, overrides };
    if (!type.usesInherited?.(result.value)) problems.delete(setting);
  }

  reject(setting: SettingKey, rejected: Problem): void {
    this.#write().problems.set(setting, rejected);
  }

  warnUnknown(annotation: string, keys: Keys): void {
    const name = annotation.slice(annotation.indexOf('/') + 1);
    if (linkerdOnlyKeys.has(name) || this.#hasSaidEnough()) return;
    const near = nearest(name, settingKeys) as SettingKey | undefined;
    this.#write().warnings.push(
      warning('unknown_setting', { place: this.#place, key: annotation, nearest: near && keys.config(near) }),
    );
  }

  warnPodOnly(annotation: string): void {
    const why = 'it is read on pods only';
    this.#write().warnings.push(
      warning('setting_without_effect', { place: this.#place, key: annotation, why }),
    );
  }

  /** The nearest word to each of thousands of unknown keys is looked for by nobody. */
  #hasSaidEnough(): boolean {
    return (this.#own ?? this.#base).warnings.length >= maxWarnings;
  }

  finish(): Reading {
    return this.#own === undefined ? this.#base : (this.#own as unknown as Reading);
  }

  #write(): Draft {
    this.#own ??= {
      settings: { ...this.#base.settings },
      problems: new Map(this.#base.problems),
      warnings: [...this.#base.warnings],
    };
    return this.#own;
  }
}
