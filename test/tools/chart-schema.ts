/**
 * The closed schema of the chart's values. `config` is the program's own schema of its configuration file; the
 * descriptions are the comments of values.yaml. `node test/tools/chart-schema.ts` writes it; a unit test fails if
 * the file is another one.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Type, type TSchema } from 'typebox';
import { configSchema } from '../../src/settings/config-errors.ts';
import { settingKeys } from '../../src/settings/table.ts';
import { chartFile, readChartValues } from './chart-values.ts';

type Json = { [key: string]: unknown };

const closed = (properties: Record<string, TSchema>) =>
  Type.Object(properties, { additionalProperties: false });
const text = (pattern = '') => Type.String(pattern === '' ? {} : { pattern });
const words = (...list: string[]) => Type.Unsafe<string>({ enum: list });
const toggle = Type.Boolean();
/** Kubernetes' own, passed on as it is. */
const anyObject = Type.Object({});
const anyList = Type.Array(anyObject);
const texts = Type.Record(Type.String(), Type.String());
const names = Type.Array(Type.String({ minLength: 1 }));
const digest = text('^(sha256:[a-f0-9]{64})?$');

const chartSchema = closed({
  image: closed({
    registry: text(),
    repository: text('^[a-z0-9]+([._/-]+[a-z0-9]+)*$'),
    tag: text(String.raw`^(\w[\w.-]{0,127})?$`),
    digest,
    pullPolicy: words('Always', 'IfNotPresent', 'Never'),
  }),
  registry: text(),
  imagePullSecrets: names,
  replicas: Type.Integer({ minimum: 1 }),
  podDisruptionBudget: closed({ enabled: toggle }),
  priorityClass: closed({ name: text(), resourceQuota: toggle }),
  resources: anyObject,
  nodeSelector: texts,
  tolerations: anyList,
  affinity: anyObject,
  hostNetwork: toggle,
  extraEnv: anyList,
  extraArgs: names,
  labels: texts,
  annotations: texts,
  podLabels: texts,
  podAnnotations: texts,
  serviceAccount: closed({ create: toggle, name: text(), annotations: texts }),
  webhook: closed({
    failurePolicy: words('Fail', 'Ignore'),
    timeoutSeconds: Type.Integer({ minimum: 1, maximum: 30 }),
    advise: toggle,
  }),
  certificates: closed({
    source: words('own', 'certManager', 'provided'),
    certManager: closed({
      issuer: closed({ name: text(), kind: text(), group: text() }),
      duration: text(),
    }),
    provided: closed({ secretName: text(), caBundle: text() }),
  }),
  clientCA: closed({ secretName: text(), names }),
  networkPolicy: closed({
    enabled: toggle,
    apiServerCIDRs: names,
    metricsFrom: anyList,
    egressPorts: Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 })),
  }),
  openshift: closed({ securityContextConstraints: toggle, users: names, groups: names }),
});

/** Keys of the configuration file that the chart writes: where the certificate is kept, and who trusts it. */
const writtenByChart = ['source', 'secret', 'service', 'configurations'];

function configurationSchema(): Json {
  const schema = optional(plain(configSchema));
  const properties = schema['properties'] as Json;
  const settings = Object.fromEntries(
    settingKeys.map((key) => [key, { type: ['string', 'number', 'boolean'] }]),
  );
  properties['defaults'] = { type: 'object', properties: settings, additionalProperties: false };
  const certificates = properties['certificates'] as Json;
  for (const key of writtenByChart) delete (certificates['properties'] as Json)[key];
  return schema;
}

/** The library keeps what only it understands in properties that JSON leaves out. */
const plain = (schema: TSchema): Json => JSON.parse(JSON.stringify(schema)) as Json;

/** A file names what it changes: no key is required in it. */
function optional(schema: Json): Json {
  const { required: _, ...rest } = schema;
  if (!isSection(rest)) return rest;
  const properties = Object.entries(rest.properties).map(([key, child]) => [key, optional(child)] as const);
  return { ...rest, properties: Object.fromEntries(properties) };
}

function isSection(schema: Json): schema is Json & { properties: Record<string, Json> } {
  return typeof schema['properties'] === 'object';
}

export function valuesSchema(): Json {
  const chart = optional(plain(chartSchema));
  const properties: Json = {
    ...(chart['properties'] as Json),
    config: configurationSchema(),
    // What charts that contain this one add.
    global: { type: 'object' },
    enabled: { type: 'boolean' },
  };
  for (const { path, doc } of readChartValues()) describe(properties, path, doc);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart outrigger',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

/** @throws TypeError for a value that the schema does not know */
function describe(properties: Json, [key = '', ...rest]: readonly string[], doc: string): void {
  const schema = properties[key] as Json | undefined;
  if (schema === undefined) throw new TypeError(`values.yaml has ${key}, which the schema does not know`);
  if (rest.length > 0) describe((schema['properties'] ?? {}) as Json, rest, doc);
  else if (doc !== '') schema['description'] = doc;
}

export const valuesSchemaText = (): string => `${JSON.stringify(valuesSchema(), null, 2)}\n`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(chartFile('values.schema.json'), valuesSchemaText());
