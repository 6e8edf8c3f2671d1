/** Why a pod came back as it was sent: from its namespace and the webhook configuration, as far as we may read them. */
import { isObject } from '../../is-object.ts';
import { namespaceWish } from '../../inject/wish.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { hasStatus } from '../../kubernetes/error.ts';
import { textsIn, valueIn } from '../../manifests/values.ts';
import type { Installation } from '../../settings/config-values.ts';
import type { SidecarVerdict } from './verdict.ts';

export interface SidecarQuestion {
  readonly namespace: string;
  readonly installation: Installation;
  /** The sidecar's name. */
  readonly container: string;
}

/** The chart's name for both webhook configurations of a domain. */
export function configurationNameOf(domain: string): string {
  return `outrigger-injector-${domain.replaceAll('-', '--').replaceAll('.', '-')}`;
}

export async function explainUntouched(
  client: KubernetesClient,
  question: SidecarQuestion,
): Promise<SidecarVerdict> {
  const name = configurationNameOf(question.installation.keys.domain);
  const namespace = await read(client, `/api/v1/namespaces/${encodeURIComponent(question.namespace)}`);
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${name}`;
  const configuration = await read(client, path);
  return (
    (namespace.found === 'yes' ? byNamespace(namespace.value, question) : undefined) ??
    byConfiguration(configuration, question) ?? {
      kind: 'not_selected',
      sentence:
        `a pod in namespace ${question.namespace} comes back without the sidecar: the webhook was not asked, or its failure ` +
        `is passed over (failurePolicy: Ignore). Whoever may get the namespace and mutatingwebhookconfiguration ${name} is told more`,
    }
  );
}

type Reading =
  | { readonly found: 'yes'; readonly value: unknown }
  | { readonly found: 'no' }
  | { readonly found: 'unknown' };

async function read(client: KubernetesClient, path: string): Promise<Reading> {
  try {
    return { found: 'yes', value: (await client.request('GET', path)).body };
  } catch (error) {
    return { found: hasStatus(error, 404) ? 'no' : 'unknown' };
  }
}

function byNamespace(
  value: unknown,
  { namespace, installation }: SidecarQuestion,
): SidecarVerdict | undefined {
  const { keys, config } = installation;
  const labels = textsIn(value, ['metadata', 'labels']);
  const annotations = textsIn(value, ['metadata', 'annotations']);
  const optOut = `config.${keys.domain}/admission-webhooks`;
  const without = `a pod in namespace ${namespace} comes back without the sidecar`;
  if (labels[optOut] === 'disabled')
    return { kind: 'not_selected', sentence: `${without}: the namespace is labelled ${optOut}: disabled` };
  const wish = namespaceWish({ name: namespace, labels, annotations }, keys, config.injection.selectBy);
  if (wish.kind === 'on') return undefined;
  const label = labels[keys.inject];
  const has = label === undefined ? 'has no such label' : `says ${JSON.stringify(label)}`;
  return {
    kind: 'not_selected',
    sentence: `${without}: it takes the label ${keys.inject}: enabled on the namespace, which ${has}`,
  };
}

function byConfiguration(
  configuration: Reading,
  { namespace, installation }: SidecarQuestion,
): SidecarVerdict | undefined {
  const name = configurationNameOf(installation.keys.domain);
  if (configuration.found === 'unknown') return undefined;
  if (configuration.found === 'no')
    return {
      kind: 'not_selected',
      sentence: `there is no mutatingwebhookconfiguration ${name}: nobody is asked about pods`,
    };
  const entry = entryFor(configuration.value, '/mutate/labelled');
  if (leavesOut(entry, namespace))
    return {
      kind: 'not_selected',
      sentence: `namespace ${namespace} is one that ${name} leaves out, whatever its labels`,
    };
  if (valueIn(entry, ['failurePolicy']) !== 'Ignore') return undefined;
  return {
    kind: 'ignored',
    sentence:
      `a pod in namespace ${namespace} comes back without the sidecar, although the namespace is labelled: ${name} has ` +
      'failurePolicy: Ignore, so that a webhook that fails is passed over. Its pods and their log tell why it fails',
  };
}

/** The chart leaves namespaces out by the label that the API server gives to each of them: its name. */
function leavesOut(entry: unknown, namespace: string): boolean {
  const expressions = valueIn(entry, ['namespaceSelector', 'matchExpressions']);
  return (Array.isArray(expressions) ? (expressions as unknown[]) : []).some((expression) => {
    const { key, operator, values } = isObject(expression) ? expression : {};
    const isByName = key === 'kubernetes.io/metadata.name' && operator === 'NotIn';
    return isByName && Array.isArray(values) && (values as unknown[]).includes(namespace);
  });
}

function entryFor(configuration: unknown, path: string): unknown {
  const entries = valueIn(configuration, ['webhooks']);
  return (Array.isArray(entries) ? (entries as unknown[]) : []).find(
    (entry) => valueIn(entry, ['clientConfig', 'service', 'path']) === path,
  );
}
