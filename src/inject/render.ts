/** From a plan to what is put into the pod. */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Container, Volume } from '../kubernetes.types.ts';
import { problem, type Problem } from '../messages.ts';
import type { Backend, Keep, Plan } from '../proxy/backend.ts';
import { renderInitContainer } from './init-container.ts';
import { volumeNames } from './names.ts';
import { renderProxyContainer } from './proxy-container.ts';

export interface Rendering {
  /** Of the plan; 16 hexadecimal digits. */
  readonly hash: string;
  readonly init: Container;
  readonly proxy: Container;
  readonly volumes: readonly Volume[];
  readonly problems: readonly Problem[];
}

export type Renderer = (plan: Plan) => Rendering;

/** Some 100 printed configurations of usual size; most clusters have a handful. Both texts take a byte a character. */
const kept = {
  maxSize: 2_000_000,
  maxEntrySize: 300_000,
  sizeCalculation: (text: string, key: string): number => text.length + key.length,
};

export function createRenderer(backend: Backend): Renderer {
  const texts = new LRUCache<string, string>(kept);
  const keep: Keep = (key, make) => {
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = make();
    texts.set(key, text);
    return text;
  };
  return (plan) => render(plan, backend, keep);
}

/** In memory: a volume on disk would keep the cluster autoscaler from removing the node. */
const memoryVolume = (name: string): Volume => ({ name, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });

const volumes = [memoryVolume(volumeNames.run), memoryVolume(volumeNames.noToken)];

function render(plan: Plan, backend: Backend, keep: Keep): Rendering {
  const init = renderInitContainer(plan, backend.containerNames.init);
  const proxy = renderProxyContainer(plan, backend.containerNames.proxy, backend.render(plan, keep));
  return {
    hash: hash('sha256', JSON.stringify(plan)).slice(0, 16),
    init,
    proxy,
    volumes,
    problems: [init, proxy].flatMap(argumentProblems),
  };
}

/** Linux' MAX_ARG_STRLEN, without the closing NUL. A longer argument fails at exec, with "argument list too long". */
const maxArgumentBytes = 131_071;

function argumentProblems({ name, args }: Container): Problem[] {
  return (args ?? [])
    .map((argument) => Buffer.byteLength(argument))
    .filter((bytes) => bytes > maxArgumentBytes)
    .map((bytes) => problem('argument_too_long', { container: name, bytes, most: maxArgumentBytes }));
}
