/**
 * What is wrong with a configuration file: a closed schema, with what each leaf takes in words. Apart from the
 * values, since the schema library takes longer to load than a command that is given no file takes in all.
 */
import { Type, type Static, type TObject, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isObject } from '../is-object.ts';
import { didYouMean } from './config-schema.ts';
import { nearest } from './nearest.ts';
import { quote } from './values/result.ts';

const section = <P extends Record<string, TSchema>>(properties: P): TObject<P> =>
  Type.Object(properties, { additionalProperties: false });

const text = (description: string, pattern = '') =>
  Type.String({ description, ...(pattern !== '' && { pattern }) });
const port = Type.Integer({
  minimum: 0,
  maximum: 65_535,
  description: 'a port, 0 to 65535 (0: any free one)',
});
const toggle = Type.Boolean({ description: 'true or false' });
const toggleOrAuto = Type.Union([Type.Boolean(), Type.Literal('auto')], {
  description: 'true, false or auto',
});
const words = <const W extends readonly string[]>(...list: W) =>
  Type.Unsafe<W[number]>(Type.Enum([...list], { description: `one of ${list.join(', ')}` }));
const texts = (description: string, pattern = '') => Type.Array(text('', pattern), { description });

const image = section({
  repository: Type.Optional(text('a registry and path, such as ghcr.io/linkerd/proxy-init')),
  tag: Type.Optional(text('a tag', String.raw`^\w[\w.-]{0,127}$`)),
  digest: Type.Optional(text('a digest, sha256: and 64 hexadecimal digits', '^sha256:[a-f0-9]{64}$')),
});

const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const objectName = String.raw`^${dnsLabel}(\.${dnsLabel})*$`;

export const configSchema = section({
  annotationDomain: text('a DNS name in lower case', objectName),
  backend: words('envoy'),
  injection: section({ selectBy: words('label', 'any') }),
  images: section({
    registry: text('a registry, or empty for the images as they are'),
    pullSecrets: texts('a list of names of Secrets'),
    init: image,
    proxy: image,
  }),
  cluster: section({ ipv6: toggleOrAuto, nativeSidecars: toggleOrAuto }),
  init: section({ runAsRoot: toggle, iptablesMode: words('nft', 'legacy', 'plain') }),
  envoy: section({
    upgrades: texts(
      'a list of protocols as they stand in the Upgrade header',
      "^[!#$%&'*+.^_`|~0-9A-Za-z/-]+$",
    ),
  }),
  server: section({
    host: text('an address to listen on'),
    port,
    opsPort: port,
    maxInFlight: Type.Integer({ minimum: 1, description: 'a whole number of reviews, 1 or more' }),
    shutdownDelay: text('a duration such as 5s'),
  }),
  certificates: section({
    source: words('own', 'files'),
    secret: text('a name of a Secret', objectName),
    service: text('a name of a Service', `^${dnsLabel}$`),
    configurations: section({
      mutating: texts('a list of names of MutatingWebhookConfigurations', objectName),
      validating: texts('a list of names of ValidatingWebhookConfigurations', objectName),
    }),
    leafLife: text('a duration such as 720h'),
    caLife: text('a duration such as 8760h'),
    overlap: text('a duration such as 1h'),
  }),
  annotations: section({ locked: texts('a list of settings') }),
  defaults: Type.Record(Type.String(), text(''), { description: 'settings with their text' }),
});

export type ConfigShape = Static<typeof configSchema>;

/**
 * What is wrong with a completed configuration, one line each: unknown keys with the nearest known one, and
 * values that are not what their leaf takes.
 */
export function configErrors(config: unknown, schema: TSchema = configSchema, path = ''): string[] {
  if (Type.IsRecord(schema) && isObject(config)) return defaultErrors(path, config);
  if (!Type.IsObject(schema)) return Value.Check(schema, config) ? [] : [notAllowed(path, config, schema)];
  if (!isObject(config)) return [`${path || 'the file'}: ${quoteValue(config)} is not a map`];
  return Object.entries(config).flatMap(([key, value]) => {
    const child = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    const childPath = path === '' ? key : `${path}.${key}`;
    return child === undefined
      ? [`${childPath} is not a setting${didYouMean(nearest(key, Object.keys(schema.properties)))}`]
      : configErrors(value, child, childPath);
  });
}

/** A setting without a value (`proxy-memory-limit:`) has not been set. */
function defaultErrors(path: string, defaults: Record<string, unknown>): string[] {
  return Object.entries(defaults)
    .filter(([, value]) => value !== undefined && typeof value !== 'string')
    .map(([key, value]) => `${path}.${key}: ${quoteValue(value)} is not a text`);
}

function notAllowed(path: string, value: unknown, schema: TSchema): string {
  const { description } = schema as { description?: string };
  return `${path}: ${quoteValue(value)} is not ${description ?? 'allowed'}`;
}

function quoteValue(value: unknown): string {
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}
