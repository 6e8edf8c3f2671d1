/** From the workloads of an example to the reviews that the API server would send for their pods. */
import { createHash } from 'node:crypto';
import { templatePathOf } from '../../inject/pod-template.ts';
import type { Pod } from '../../kubernetes.types.ts';
import { isObject } from '../../is-object.ts';

export interface ExamplePod {
  /** Such as `Deployment/web`. */
  readonly workload: string;
  readonly namespace: string;
  readonly pod: Pod;
  readonly review: object;
}

/** @param documents workloads; what makes no pods is left out */
export function reviewsOf(documents: readonly unknown[]): ExamplePod[] {
  return documents.flatMap((document) => {
    if (!isObject(document)) return [];
    const { apiVersion, kind } = document as { apiVersion: string; kind: string };
    const path = templatePathOf(apiVersion, kind);
    const template = path?.reduce<unknown>(
      (node, field) => (isObject(node) ? node[field] : undefined),
      document,
    );
    return template === undefined ? [] : [examplePod(apiVersion, kind, document, template as Pod)];
  });
}

function examplePod(apiVersion: string, kind: string, workload: Pod, template: Pod): ExamplePod {
  const { name = '', namespace = '' } = workload.metadata as { name?: string; namespace?: string };
  const owner = ownerOf(apiVersion, kind, name);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.name}-`,
      namespace,
      ...template.metadata,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: template.spec,
  };
  return {
    workload: `${kind}/${name}`,
    namespace,
    pod,
    review: review(namespace, uidOf(`review of ${name}`), pod),
  };
}

/** A Deployment's pods belong to its ReplicaSet. */
function ownerOf(
  apiVersion: string,
  kind: string,
  name: string,
): { apiVersion: string; kind: string; name: string; uid: string } {
  return kind === 'Deployment'
    ? { apiVersion, kind: 'ReplicaSet', name: `${name}-5d9f8c7b64`, uid: uidOf(name) }
    : { apiVersion, kind, name, uid: uidOf(name) };
}

/** In the form of a UUID, and the same each time. */
function uidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

function review(namespace: string, uid: string, pod: object): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}
