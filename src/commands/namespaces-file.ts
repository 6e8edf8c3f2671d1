/** Namespaces from a YAML file, for a webhook without a cluster. */
import { OutriggerError } from '../errors.ts';
import type { Namespace, StringMap } from '../kubernetes.types.ts';
import { isObject } from '../is-object.ts';
import type { NamespaceSource } from '../webhook/dependencies.ts';
import { asDecoded } from '../manifests/decoded.ts';
import { readYamlFile } from './yaml-file.ts';

/** @throws OutriggerError where the file holds anything but Namespaces */
export async function readNamespacesFile(file: string): Promise<NamespaceSource & { readonly size: number }> {
  const documents = await readYamlFile(file);
  const namespaces = documents.map(({ value }, index) =>
    namespaceOf(asDecoded(value), `${file}: document ${index + 1}`),
  );
  const byName = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  return {
    size: byName.size,
    get: (name) => byName.get(name),
    fetch: (name) => Promise.resolve(byName.get(name)),
  };
}

function namespaceOf(document: unknown, where: string): Namespace {
  if (!isObject(document) || document['kind'] !== 'Namespace')
    throw new OutriggerError('file', `${where} is not a Namespace`);
  const metadata = isObject(document['metadata']) ? document['metadata'] : {};
  const { name } = metadata;
  if (typeof name !== 'string' || name === '')
    throw new OutriggerError('file', `${where} has no metadata.name`);
  return {
    name,
    labels: textsOf(metadata['labels'], `${where}, metadata.labels`),
    annotations: textsOf(metadata['annotations'], `${where}, metadata.annotations`),
  };
}

function textsOf(value: unknown, where: string): StringMap {
  if (value === undefined || value === null) return {};
  if (isObject(value) && Object.values(value).every((text) => typeof text === 'string'))
    return value as StringMap;
  throw new OutriggerError('file', `${where} is not a map of texts; put quotes around numbers and booleans`);
}
