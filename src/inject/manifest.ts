/**
 * The manifest: the pod annotation `DOMAIN/injected`, in which an injection writes down what it did, so that it
 * can be taken out again exactly and told from what others did later. It comes back to us from outside and is
 * not to be trusted: it is parsed strictly, and can only ever make us remove containers, volumes and annotations
 * that bear our names, and turn probes that ask the proxy about a port into probes of that port.
 */
import type { Pod } from '../kubernetes.types.ts';
import type { Keys } from '../settings/keys.ts';
import { isPort } from '../settings/values/port-set.ts';
import { bad, ok, type Result } from '../settings/values/result.ts';
import {
  closed,
  listOf,
  mapOf,
  matching,
  oneOf,
  optional,
  text,
  textOrNumber,
  tuple,
  type Fault,
} from './shape.ts';
import { portName, probeFields, type ProbeField } from './tcp-probes.ts';

export type Emptiness = 'absent' | 'null' | 'empty';

/** What we wrote into a container of ours, of the fields that others are known to change afterwards. */
export interface Written {
  readonly image: string;
  readonly pull: string;
  readonly env?: readonly string[];
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

type Texts = Readonly<Record<string, string>>;
type Amounts = Readonly<Record<string, string | number>>;

export interface Manifest {
  readonly v: 1;
  readonly by: 'webhook' | 'cli';
  /** Hash of the plan. */
  readonly plan: string;
  readonly init: Written;
  readonly proxy: Written;
  /** How a list or map stood before we put something into it; absent: it was there, not empty. */
  readonly was?: Readonly<Record<string, Emptiness>>;
  /** Annotations of the namespace that took effect, copied to the pod with their text. */
  readonly copied?: Texts;
  /** Annotations of ours that somebody else had set, with their text. */
  readonly replaced?: Texts;
  /** Annotations that we added besides our own, with their text. */
  readonly added?: Texts;
  readonly pullSecrets?: readonly string[];
  readonly probes?: {
    /** The proxy's admin port, which they ask. */
    readonly admin: number;
    /** tcpSocket probes that were rewritten: container, probe, port, and the port's name where the probe gave that. */
    readonly tcp: readonly (readonly [container: string, probe: ProbeField, port: number, name?: string])[];
  };
}

export function formatManifest(manifest: Manifest): string {
  return JSON.stringify(manifest);
}

/** The pod's manifest, null where it has none, or a sentence where it cannot be read. */
export function manifestOf(pod: Pod, keys: Keys): Result<Manifest | null> {
  const text = pod.metadata?.annotations?.[keys.injected];
  return text === undefined ? ok(null) : parseManifest(text);
}

function parseManifest(text: string): Result<Manifest> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad('it is not JSON');
  }
  return isManifest(parsed) ? ok(parsed) : bad('it is not a manifest of version 1');
}

const amounts = optional(mapOf(textOrNumber));
const texts = optional(mapOf(text));
const port = (value: unknown): Fault => (isPort(value) ? undefined : '');

const written = closed({
  image: text,
  pull: text,
  env: optional(listOf(text)),
  requests: amounts,
  limits: amounts,
});

const manifest = closed({
  v: oneOf(1),
  by: oneOf('webhook', 'cli'),
  plan: matching(/^[0-9a-f]{16}$/u),
  init: written,
  proxy: written,
  was: optional(mapOf(oneOf('absent', 'null', 'empty'))),
  copied: texts,
  replaced: texts,
  added: texts,
  pullSecrets: optional(listOf(text)),
  probes: optional(
    closed({
      admin: port,
      tcp: listOf(tuple(text, oneOf(...probeFields), port, optional(matching(portName)))),
    }),
  ),
});

function isManifest(value: unknown): value is Manifest {
  return manifest(value) === undefined;
}
