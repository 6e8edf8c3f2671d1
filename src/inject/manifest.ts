/**
 * The manifest: the pod annotation `DOMAIN/injected`, in which an injection writes down what it did, so that it
 * can be taken out again exactly and told from what others did later. It comes back to us from outside and is
 * not to be trusted: it is parsed strictly, and can only ever make us remove containers, volumes and annotations
 * that bear our names, and turn probes that ask the proxy about a port into probes of that port.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Pod } from '../kubernetes.types.ts';
import type { Keys } from '../settings/keys.ts';
import { bad, ok, type Result } from '../settings/values/result.ts';
import { portName, probeFields, type ProbeField } from './tcp-probes.ts';

const closed = { additionalProperties: false } as const;
const texts = Type.Record(Type.String(), Type.String());
const amounts = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]));

/** How a list or map stood before we put something into it; absent from the manifest: it was there, not empty. */
const emptiness = Type.Unsafe<Emptiness>(Type.Enum(['absent', 'null', 'empty']));

/** What we wrote into a container of ours, of the fields that others are known to change afterwards. */
const written = Type.Object(
  {
    image: Type.String(),
    pull: Type.String(),
    env: Type.Optional(Type.Array(Type.String())),
    requests: Type.Optional(amounts),
    limits: Type.Optional(amounts),
  },
  closed,
);

const port = Type.Integer({ minimum: 1, maximum: 65_535 });
const probe = [Type.String(), Type.Unsafe<ProbeField>(Type.Enum([...probeFields])), port] as const;

/** tcpSocket probes that were rewritten: container, probe, port, and the port's name where the probe gave that. */
const probes = Type.Object(
  {
    /** The proxy's admin port, which they ask. */
    admin: port,
    tcp: Type.Array(
      Type.Union([Type.Tuple([...probe]), Type.Tuple([...probe, Type.String({ pattern: portName.source })])]),
    ),
  },
  closed,
);

const schema = Type.Object(
  {
    v: Type.Literal(1),
    by: Type.Unsafe<'webhook' | 'cli'>(Type.Enum(['webhook', 'cli'])),
    /** Hash of the plan. */
    plan: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    init: written,
    proxy: written,
    was: Type.Optional(Type.Record(Type.String(), emptiness)),
    /** Annotations of the namespace that took effect, copied to the pod with their text. */
    copied: Type.Optional(texts),
    /** Annotations of ours that somebody else had set, with their text. */
    replaced: Type.Optional(texts),
    /** Annotations that we added besides our own, with their text. */
    added: Type.Optional(texts),
    pullSecrets: Type.Optional(Type.Array(Type.String())),
    probes: Type.Optional(probes),
  },
  closed,
);

export type Emptiness = 'absent' | 'null' | 'empty';
export type Manifest = Static<typeof schema>;
export type Written = Static<typeof written>;

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
  return Value.Check(schema, parsed) ? ok(parsed) : bad('it is not a manifest of version 1');
}
