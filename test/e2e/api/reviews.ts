import { randomUUID } from 'node:crypto';
import type { Agent } from 'node:https';
import type { Manifest } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import type { AdminApi } from './admin-api.ts';
import { sendHttp, type HttpText } from './http-text.ts';
import { ours, podManifest, type Pod } from './pods.ts';
import { startLoad, type Load } from './load.ts';

/**
 * A review as the API server would send it, posted straight to the program: on a connection of its own, unless
 * an agent says otherwise.
 */
export function postReview(
  url: string,
  ca: string,
  pod: Manifest,
  agent: Agent | false = false,
): Promise<HttpText> {
  const json = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: pod.metadata.namespace,
      operation: 'CREATE',
      object: pod,
      dryRun: true,
    },
  };
  return sendHttp(`${url}/mutate/labelled`, { method: 'POST', ca, agent, json });
}

/** Whether an answer allows the pod and brings a patch. */
export function hasPatch({ status, body }: HttpText): boolean {
  if (status !== 200) return false;
  const { response } = JSON.parse(body) as { response: { allowed: boolean; patch?: string } };
  return response.allowed && response.patch !== undefined;
}

/**
 * Real reviews by the API server: dry runs of pods in a labelled namespace. An attempt fails where the pod is
 * refused or comes back without our containers.
 */
export function startDryRuns(api: AdminApi, namespace: string, workers: number): Load {
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
  return startLoad(workers, async () => {
    const { status, body } = await api.send('POST', path, podManifest(namespace, 'dry'));
    if (status !== 201) throw new Error(`${status} ${body}`);
    if (ours(JSON.parse(body) as Pod).length !== 2) throw new Error('the pod was not injected');
  });
}

/** Polls until a load has gone through so many more attempts. */
export async function untilMore(load: Load, more: number): Promise<void> {
  const target = load.count() + more;
  await pollUntil(() => load.count() >= target, { timeoutMs: 60_000, what: `${more} more attempts` });
}
