import type { Manifest } from './objects.ts';

export interface WebhookOptions {
  /** Where the program under test listens: https://127.0.0.1:PORT, with no path. */
  readonly url: string;
  /** PEM of the CA that signed its certificate. */
  readonly caBundle: string;
  /** For pods of labelled namespaces. Elsewhere it is always Ignore: an outage must not reach further. */
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** `any`: every pod outside the labelled namespaces is asked about, not only the annotated ones. */
  readonly selectBy?: 'label' | 'any';
  /** Name of both configurations. Default `outrigger`. */
  readonly name?: string;
}

export type WebhookKind = 'mutating' | 'validating';

/** The label of a ConfigMap that only the probe entries match; its value is the revision it asks for. */
export const probeLabel = 'outrigger.test/in-effect';

const trigger = 'linkerd.io/inject';

const isAnnotated = {
  name: 'pod-is-annotated',
  expression: `has(object.metadata.annotations) && '${trigger}' in object.metadata.annotations`,
};

const workloads = ['deployments', 'statefulsets', 'daemonsets'];

/** Both configurations, as the chart would ship them, each with a probe entry of that revision. */
export function renderWebhookConfigurations(options: WebhookOptions, revision: string): Manifest[] {
  const metadata = { name: options.name ?? 'outrigger' };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  return [
    {
      apiVersion,
      kind: 'MutatingWebhookConfiguration',
      metadata,
      webhooks: [...renderMutating(options), renderProbe('mutating', revision)],
    },
    {
      apiVersion,
      kind: 'ValidatingWebhookConfiguration',
      metadata,
      webhooks: [renderAdvise(options), renderProbe('validating', revision)],
    },
  ];
}

/** Two entries that never both match: the namespace's label decides which one a pod belongs to. */
function renderMutating({ url, caBundle, failurePolicy, selectBy = 'label' }: WebhookOptions): object[] {
  const shared = {
    rules: [rule('', ['pods'], ['CREATE'], 'Namespaced')],
    reinvocationPolicy: 'IfNeeded',
    timeoutSeconds: 5,
    sideEffects: 'NoneOnDryRun',
    admissionReviewVersions: ['v1'],
  };
  return [
    {
      ...shared,
      name: 'labelled.outrigger.test',
      clientConfig: clientConfig(`${url}/mutate/labelled`, caBundle),
      failurePolicy,
      namespaceSelector: { matchLabels: { [trigger]: 'enabled' } },
    },
    {
      ...shared,
      name: 'annotated.outrigger.test',
      clientConfig: clientConfig(`${url}/mutate`, caBundle),
      failurePolicy: 'Ignore',
      namespaceSelector: { matchExpressions: [{ key: trigger, operator: 'NotIn', values: ['enabled'] }] },
      matchConditions: selectBy === 'any' ? [] : [isAnnotated],
    },
  ];
}

function renderAdvise({ url, caBundle }: WebhookOptions): object {
  return {
    name: 'advise.outrigger.test',
    clientConfig: clientConfig(`${url}/advise`, caBundle),
    failurePolicy: 'Ignore',
    timeoutSeconds: 2,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    rules: [
      rule('', ['namespaces'], ['CREATE', 'UPDATE'], 'Cluster'),
      rule('apps', workloads, ['CREATE', 'UPDATE'], 'Namespaced'),
      rule('batch', ['jobs', 'cronjobs'], ['CREATE', 'UPDATE'], 'Namespaced'),
    ],
  };
}

/** Stands in the refusal of a probe entry: the name of the webhook does not. */
export function renderProbeMark(kind: WebhookKind, revision: string): string {
  return `no-label-${kind}-${revision}`;
}

/**
 * An entry that refuses, without calling anything, the ConfigMaps labelled with this revision: its condition
 * always fails to evaluate, and the failure policy is Fail. The API server swaps all entries of a
 * configuration at once, so the refusal proves that the others are in effect too, even while the program
 * behind them is down.
 */
function renderProbe(kind: WebhookKind, revision: string): object {
  const missing = renderProbeMark(kind, revision);
  return {
    name: `${kind}.probe.outrigger.test`,
    clientConfig: { url: 'https://127.0.0.1:1/never-called' },
    failurePolicy: 'Fail',
    timeoutSeconds: 1,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    rules: [rule('', ['configmaps'], ['CREATE'], 'Namespaced')],
    objectSelector: { matchLabels: { [probeLabel]: `${kind}-${revision}` } },
    matchConditions: [{ name: 'in-effect', expression: `object.metadata.labels['${missing}'] == ''` }],
  };
}

function clientConfig(url: string, caBundle: string): object {
  return { url, caBundle: Buffer.from(caBundle).toString('base64') };
}

function rule(
  group: string,
  resources: readonly string[],
  operations: readonly string[],
  scope: string,
): object {
  return { apiGroups: [group], apiVersions: ['v1'], resources, operations, scope };
}
