/** From a plan to what is put into the pod. Equal plans give the same containers, rendered once and frozen. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { LRUCache } from 'lru-cache';
import type { Container, Volume } from '../kubernetes.types.ts';
import { problem, type Problem } from '../messages.ts';
import type { Backend, Plan } from '../proxy/backend.ts';
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

/** What is kept, fewer of the plans with port lists by the thousand. Most clusters have a handful. */
const kept = {
  max: 100,
  maxSize: 2_000_000,
  maxEntrySize: 300_000,
  sizeCalculation: ({ init, proxy }: Rendering): number =>
    [...(init.args ?? []), ...(proxy.args ?? [])].reduce((length, argument) => length + argument.length, 1),
};

export function createRenderer(backend: Backend): Renderer {
  const renderings = new LRUCache<string, Rendering>(kept);
  return (plan) => {
    const key = JSON.stringify(plan);
    const known = renderings.get(key);
    if (known) return known;
    const rendering = render(plan, key, backend);
    renderings.set(key, rendering);
    return rendering;
  };
}

/** In memory: a volume on disk would keep the cluster autoscaler from removing the node. */
const memoryVolume = (name: string): Volume => ({ name, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });

const volumes = [memoryVolume(volumeNames.run), memoryVolume(volumeNames.noToken)];

function render(plan: Plan, key: string, backend: Backend): Rendering {
  const init = Object.freeze(renderInitContainer(plan, backend.containerNames.init));
  const proxy = Object.freeze(renderProxyContainer(plan, backend.containerNames.proxy, backend.render(plan)));
  return {
    hash: bytesToHex(sha256(utf8ToBytes(key))).slice(0, 16),
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
    .map((argument) => utf8ToBytes(argument).length)
    .filter((bytes) => bytes > maxArgumentBytes)
    .map((bytes) => problem('argument_too_long', { container: name, bytes, most: maxArgumentBytes }));
}
