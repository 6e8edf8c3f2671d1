/** Changes JSON where it has structure: a field, an item, a name, a number; once or some times over. */
import { settingKeys } from '../../src/settings/table.ts';
import { growingTexts } from '../law/texts.ts';
import type { Random } from './random.ts';

type Fields = Record<string, unknown>;

const numbers = [0, -1, 1, 80, 4143, 65_535, 65_536, 80_800, 2 ** 31, 2 ** 53, 1e308, -1e308, 0.5];
const words = ['', 'http', 'app', 'outrigger-proxy', 'istio-proxy', 'Always', 'enabled', 'TCP', '__proto__'];
const names = [
  'name',
  'ports',
  'tcpSocket',
  'containerPort',
  'restartPolicy',
  'linkerd.io/inject',
  'linkerd.io/injected',
  '__proto__',
  'constructor',
];

/** Large ones stay below what is computed in a worker, mostly. */
const most = 40_000;

function anyText(random: Random): string {
  if (random.rarely(3)) return random.oneOf(words);
  const length = random.rarely(20) ? most : random.below(64) + 1;
  return random.oneOf(Object.values(growingTexts))(length);
}

/** Stands for lists in lists, which could not be printed; they are put into the text. */
const deep = '@deep@';

function anyValue(random: Random): unknown {
  return random.oneOf<() => unknown>([
    () => random.oneOf(numbers),
    () => anyText(random),
    () => null,
    () => random.rarely(2),
    () => [],
    () => ({}),
    () => deep,
  ])();
}

function settingsOf(random: Random): Fields {
  const keys = Array.from({ length: random.below(4) + 1 }, () => random.oneOf(settingKeys));
  return Object.fromEntries(keys.map((key) => [`config.linkerd.io/${key}`, anyText(random)]));
}

/** An object or list somewhere in the value, chosen by a walk from its root. */
function anyPlace(root: unknown, random: Random): Fields | undefined {
  let place: unknown = root;
  let found: Fields | undefined;
  for (let level = 0; level < 12 && typeof place === 'object' && place !== null; level += 1) {
    found = place as Fields;
    const children = Object.values(place).filter((child) => typeof child === 'object' && child !== null);
    if (children.length === 0 || random.rarely(6)) break;
    place = random.oneOf(children);
  }
  return found;
}

const changes: readonly ((place: Fields, key: string, random: Random) => void)[] = [
  (place, key, random) => {
    place[key] = anyValue(random);
  },
  (place, key) => {
    delete place[key];
  },
  (place, _, random) => {
    place[random.oneOf(names)] = anyValue(random);
  },
  (place, key, random) => {
    place[random.oneOf(names)] = place[key];
  },
  (place, key, random) => {
    const value = place[key];
    const times = random.rarely(20) ? 300 : 3;
    if (Array.isArray(value)) place[key] = Array.from({ length: times }, () => value as unknown[]).flat();
  },
  (place, key, random) => {
    const value = place[key];
    if (typeof value === 'string') place[key] = value.slice(random.below(value.length + 1)) + anyText(random);
    if (typeof value === 'number') place[key] = value + random.oneOf([-1, 1, 0.5]);
  },
  (place, _, random) => {
    const { metadata } = place;
    if (typeof metadata !== 'object' || metadata === null) return;
    const before = (metadata as Fields)['annotations'];
    (metadata as Fields)['annotations'] = { ...(before as object | null), ...settingsOf(random) };
  },
];

/** @param seed as JSON @returns other JSON */
export function changeJson(seed: string, random: Random): string {
  const root = JSON.parse(seed) as unknown;
  for (let times = random.below(5); times >= 0; times -= 1) {
    const place = anyPlace(root, random);
    const keys = place && Object.keys(place);
    if (place && keys && keys.length > 0) random.oneOf(changes)(place, random.oneOf(keys), random);
  }
  const levels = random.oneOf([40, 2000, 20_000]);
  const [open, close] = random.oneOf([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const nested = `${open.repeat(levels)}1${close.repeat(levels)}`;
  return JSON.stringify(root).replaceAll(`"${deep}"`, () => nested);
}
