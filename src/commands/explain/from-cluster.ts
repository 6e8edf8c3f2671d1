/** Pod templates as the cluster has them, with their namespaces. */
import { existsSync } from 'node:fs';
import { OutriggerError } from '../../errors.ts';
import { isPod } from '../../inject/pod-shape.ts';
import { templatePathOf } from '../../inject/pod-template.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { textsIn, valueIn } from '../../manifests/values.ts';
import { nearest } from '../../settings/nearest.ts';
import type { Question } from './explanation.ts';

interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly plural: string;
}

/** By the words that kubectl knows them by. */
const kinds: Readonly<Record<string, Kind>> = Object.fromEntries(
  (
    [
      ['Pod', 'v1', 'pods', 'po'],
      ['Deployment', 'apps/v1', 'deployments', 'deploy'],
      ['StatefulSet', 'apps/v1', 'statefulsets', 'sts'],
      ['DaemonSet', 'apps/v1', 'daemonsets', 'ds'],
      ['ReplicaSet', 'apps/v1', 'replicasets', 'rs'],
      ['ReplicationController', 'v1', 'replicationcontrollers', 'rc'],
      ['Job', 'batch/v1', 'jobs', 'job'],
      ['CronJob', 'batch/v1', 'cronjobs', 'cj'],
    ] as const
  ).flatMap(([kind, apiVersion, plural, short]) =>
    [kind.toLowerCase(), plural, short].map((word) => [word, { kind, apiVersion, plural }] as const),
  ),
);

/**
 * `deployment/web`: a kind and a name, and no file or folder that is there.
 * @throws OutriggerError `usage` for what is both
 */
export function isObjectName(word: string): boolean {
  const [kind = '', name = '', ...rest] = word.split('/');
  const mayBe = rest.length === 0 && /^[a-z]+$/u.test(kind) && /^[a-z0-9][-.a-z0-9]*$/u.test(name);
  if (!mayBe || !existsSync(word)) return mayBe;
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known === undefined) return false;
  const other = Object.keys(kinds).find((each) => kinds[each]?.kind === known.kind && each !== kind) ?? kind;
  throw new OutriggerError(
    'usage',
    `"${word}" is a path, and a ${known.kind} may have that name; write ./${word} for the path, ${other}/${name} for the ${known.kind}`,
  );
}

interface ClusterOptions {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly withBootstrap: boolean;
}

/** @throws OutriggerError `usage` for a kind that makes no pods, `cluster` where it cannot be read */
export async function questionsFromCluster(
  words: readonly string[],
  { namespace = 'default', kubeconfig, withBootstrap }: ClusterOptions,
): Promise<Question[]> {
  if (words.length === 0) return [];
  const wanted = words.map((word) => ({ word, kind: kindOf(word) }));
  const { connectCluster } = await import('../cluster.ts');
  const client = await connectCluster(kubeconfig);
  try {
    const questions: Question[] = [];
    for (const { word, kind } of wanted)
      questions.push(await questionOf(client, word, kind, namespace, withBootstrap));
    return questions;
  } finally {
    client.close();
  }
}

function kindOf(word: string): Kind {
  const [name = ''] = word.split('/');
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind) return kind;
  const near = nearest(name, Object.keys(kinds));
  throw new OutriggerError(
    'usage',
    `"${name}" is not a kind that makes pods${near === undefined ? '' : `; did you mean ${near}?`} (a file is meant? write ./${word})`,
  );
}

async function questionOf(
  client: KubernetesClient,
  word: string,
  { kind, apiVersion, plural }: Kind,
  namespace: string,
  withBootstrap: boolean,
): Promise<Question> {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const name = word.slice(word.indexOf('/') + 1);
  const path = `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}/${name}`;
  const value = await fetchObject(client, path);
  const owner = await fetchObject(client, `/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  const template = templatePathOf(apiVersion, kind) ?? [];
  const pod = valueIn(value, template);
  if (!isPod(pod)) throw new OutriggerError('cluster', `${word}: the API server's answer is not a ${kind}`);
  return {
    title: `${kind.toLowerCase()}/${name} in ${namespace}`,
    pod,
    workloadAnnotations: template.length === 0 ? {} : textsIn(value, ['metadata', 'annotations']),
    namespace: {
      name: namespace,
      labels: textsIn(owner, ['metadata', 'labels']),
      annotations: textsIn(owner, ['metadata', 'annotations']),
    },
    withBootstrap,
  };
}

async function fetchObject(client: KubernetesClient, path: string): Promise<unknown> {
  try {
    return (await client.request('GET', path)).body;
  } catch (error) {
    throw new OutriggerError('cluster', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
