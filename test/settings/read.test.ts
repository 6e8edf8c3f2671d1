import { describe, expect, it } from 'vitest';
import type { StringMap } from '../../src/kubernetes.types.ts';
import { keysOf } from '../../src/settings/keys.ts';
import {
  builtInSettings,
  overrideDefaults,
  readAnnotations,
  type Reading,
  type ReadPolicy,
} from '../../src/settings/read.ts';
import type { SettingKey } from '../../src/settings/table.ts';

const keys = keysOf('linkerd.io');

interface Layers {
  readonly installation?: Partial<Record<SettingKey, string>>;
  readonly namespace?: StringMap | null;
  readonly pod?: StringMap | null;
  readonly locked?: readonly SettingKey[];
}

function readLayers({ installation = {}, namespace, pod, locked = [] }: Layers): Reading {
  const policy: ReadPolicy = { keys, locked: new Set(locked) };
  const { settings } = overrideDefaults(builtInSettings(), 'installation', installation);
  const ofNamespace = readAnnotations(
    { settings, problems: new Map(), warnings: [] },
    'namespace',
    namespace,
    policy,
  );
  return readAnnotations(ofNamespace, 'pod', pod, policy);
}

const problemsOf = (reading: Reading): string[] =>
  [...reading.problems.values()].map(({ message }) => message);
const warningsOf = (reading: Reading): string[] => reading.warnings.map(({ message }) => message);

const level = (text: string): StringMap => ({ 'config.linkerd.io/proxy-log-level': text });

describe('settings', () => {
  it.each([
    ['the built-in default where nobody has set it', {}, 'warn', 'built-in'],
    [
      "the installation's over the built-in",
      { installation: { 'proxy-log-level': 'info' } },
      'info',
      'installation',
    ],
    [
      "the namespace's over the installation's",
      { installation: { 'proxy-log-level': 'info' }, namespace: level('error') },
      'error',
      'namespace',
    ],
    [
      "the pod's over all others",
      { installation: { 'proxy-log-level': 'info' }, namespace: level('error'), pod: level('trace') },
      'trace',
      'pod',
    ],
  ] satisfies [string, Layers, string, string][])('have %s', (_, layers, value, place) => {
    expect(readLayers(layers).settings['proxy-log-level']).toMatchObject({ value, place });
  });

  it('remember the text, the key and what they override', () => {
    const { settings } = readLayers({ namespace: level(' INFO '), pod: level('off') });
    expect(settings['proxy-log-level']).toMatchObject({
      value: 'off',
      key: 'config.linkerd.io/proxy-log-level',
      overrides: { value: 'info', text: ' INFO ', place: 'namespace', overrides: { place: 'built-in' } },
    });
  });

  it('that have no default have no value', () => {
    expect(readLayers({}).settings['proxy-memory-limit']).toMatchObject({ value: null, place: 'built-in' });
  });

  it('of annotations that hold none of our keys are the same object', () => {
    const base: Reading = { settings: builtInSettings(), problems: new Map(), warnings: [] };
    const policy = { keys, locked: new Set<SettingKey>() };
    for (const annotations of [undefined, null, {}, { 'linkerd.io/inject': 'enabled', team: 'shop' }])
      expect(readAnnotations(base, 'pod', annotations, policy)).toBe(base);
  });

  it('are not read from the prototype of the annotations', () => {
    const annotations = Object.create(level('trace')) as StringMap;
    expect(readLayers({ pod: annotations }).settings['proxy-log-level'].value).toBe('warn');
  });
});

describe('another name for a setting', () => {
  it('works where the main one is absent', () => {
    const { settings } = readLayers({
      pod: { 'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '7' },
    });
    expect(settings['proxy-wait-before-exit-seconds']).toMatchObject({ value: 7, place: 'pod' });
  });

  it.each([['before'], ['after']])('gives way to the main one that stands %s it', (order) => {
    const alias = ['config.alpha.linkerd.io/proxy-wait-before-exit-seconds', '7'] as const;
    const main = ['config.linkerd.io/proxy-wait-before-exit-seconds', '9'] as const;
    const pod = Object.fromEntries(order === 'before' ? [main, alias] : [alias, main]);
    expect(readLayers({ pod }).settings['proxy-wait-before-exit-seconds'].value).toBe(9);
  });
});

describe('a bad value', () => {
  it('is a problem that names place, key, value and what is allowed', () => {
    expect(problemsOf(readLayers({ pod: level('loud') }))).toEqual([
      'pod annotation config.linkerd.io/proxy-log-level: "loud" is not a log level; allowed are trace, debug, info, warn, error, off, or a Linkerd filter',
    ]);
  });

  it('is reported for every setting that has one, of namespace and pod', () => {
    const reading = readLayers({
      namespace: { 'config.linkerd.io/proxy-uid': '0' },
      pod: { 'config.linkerd.io/proxy-await': 'yes', 'config.linkerd.io/admin-port': 'x' },
    });
    expect([...reading.problems.keys()]).toEqual(['proxy-uid', 'proxy-await', 'admin-port']);
    expect(problemsOf(reading)[0]).toContain('namespace annotation config.linkerd.io/proxy-uid: "0"');
  });

  it('of a namespace does not matter where the pod has its own', () => {
    const reading = readLayers({ namespace: level('loud'), pod: level('info') });
    expect(problemsOf(reading)).toEqual([]);
    expect(reading.settings['proxy-log-level'].value).toBe('info');
  });

  it.each([
    ['default,80', 1],
    ['80', 0],
  ])("of a namespace matters where the pod's list is %j: %d problem", (text, count) => {
    const reading = readLayers({
      namespace: { 'config.linkerd.io/skip-outbound-ports': '4406x' },
      pod: { 'config.linkerd.io/skip-outbound-ports': text },
    });
    expect(problemsOf(reading)).toHaveLength(count);
  });

  it('of a namespace matters in a list that is merged by name', () => {
    const key = 'config.linkerd.io/proxy-additional-env';
    expect(problemsOf(readLayers({ namespace: { [key]: 'A=1' }, pod: { [key]: '[]' } }))).toHaveLength(1);
  });

  it('of a pod is not made good by the namespace', () => {
    expect(problemsOf(readLayers({ namespace: level('info'), pod: level('loud') }))).toHaveLength(1);
  });

  it('that is empty is judged like any other', () => {
    expect(problemsOf(readLayers({ pod: level('') }))).toHaveLength(1);
  });
});

describe('a locked setting', () => {
  const locked: readonly SettingKey[] = ['init-version', 'proxy-image'];

  it.each([
    'config.linkerd.io/init-version',
    'config.linkerd.io/init-image-version',
    'config.linkerd.io/proxy-image',
  ])('may not be set by a pod or a namespace: %s', (key) => {
    const sentence = (place: string): string =>
      `${place} annotation ${key}: only the installation may set this (annotations.locked)`;
    expect(problemsOf(readLayers({ pod: { [key]: 'v1.40.0' }, locked }))).toEqual([sentence('pod')]);
    expect(problemsOf(readLayers({ namespace: { [key]: 'v1.40.0' }, locked }))).toEqual([
      sentence('namespace'),
    ]);
  });

  it('may be set by the installation', () => {
    const reading = readLayers({ installation: { 'init-version': 'v2.4.8' }, locked });
    expect(problemsOf(reading)).toEqual([]);
    expect(reading.settings['init-version'].value).toBe('v2.4.8');
  });
});

describe('a key that is not a setting', () => {
  it.each([
    [
      'config.linkerd.io/skip-outbond-ports',
      'pod annotation config.linkerd.io/skip-outbond-ports is unknown; did you mean config.linkerd.io/skip-outbound-ports?',
    ],
    [
      'config.alpha.linkerd.io/opaque-ports',
      'pod annotation config.alpha.linkerd.io/opaque-ports is unknown; did you mean config.linkerd.io/opaque-ports?',
    ],
    ['config.linkerd.io/qqqqqqqqqqqqqqqq', 'pod annotation config.linkerd.io/qqqqqqqqqqqqqqqq is unknown'],
  ])('%s is reported and rejects nothing', (key, message) => {
    const reading = readLayers({ pod: { [key]: '1' } });
    expect(warningsOf(reading)).toEqual([message]);
    expect(problemsOf(reading)).toEqual([]);
  });

  it.each(['enable-gateway', 'proxy-cpu-ratio-limit', 'shutdown-grace-period'])(
    "is not reported where Linkerd's own proxy knows it: %s",
    (name) => {
      expect(warningsOf(readLayers({ pod: { [`config.linkerd.io/${name}`]: 'x' } }))).toEqual([]);
    },
  );

  it('of another domain is none of our business', () => {
    expect(warningsOf(readLayers({ pod: { 'config.example.org/opaque-port': '1' } }))).toEqual([]);
  });
});

it('a setting for pods only has no effect on a namespace, and a bad value there rejects nothing', () => {
  const reading = readLayers({ namespace: { 'config.linkerd.io/close-wait-timeout': 'soon' } });
  expect(problemsOf(reading)).toEqual([]);
  expect(reading.settings['close-wait-timeout'].value).toBeNull();
  expect(warningsOf(reading)).toEqual([
    'namespace annotation config.linkerd.io/close-wait-timeout has no effect: it is read on pods only',
  ]);
});
