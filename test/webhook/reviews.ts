/** Reviews as the API server sends them, and what comes back. */
import type { Operation } from 'fast-json-patch';
import { podOf } from '../inject/fixtures.ts';
import type { Answer } from './webhook-server.ts';

export const uid = '705ab4f5-6393-11e8-b7cc-42010a800002';

type Fields = Readonly<Record<string, unknown>>;

function reviewOf(request: Fields): { apiVersion: string; kind: string; request: Fields } {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid, ...request } };
}

/** The creation of a pod in the namespace `shop`. */
export function podReview(pod: unknown = podOf(), request: Fields = {}): ReturnType<typeof reviewOf> {
  return reviewOf({
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    requestKind: { group: '', version: 'v1', kind: 'Pod' },
    requestResource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller', groups: ['a', 'b'] },
    object: pod,
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    ...request,
  });
}

interface Metadata {
  readonly labels?: Fields;
  readonly annotations?: Fields;
}

export function namespaceReview(
  metadata: Metadata,
  old: Metadata | null = null,
  request: Fields = {},
): ReturnType<typeof reviewOf> {
  const namespace = (found: Metadata): object => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', ...found },
  });
  return reviewOf({
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    name: 'shop',
    namespace: 'shop',
    operation: old === null ? 'CREATE' : 'UPDATE',
    object: namespace(metadata),
    oldObject: old && namespace(old),
    ...request,
  });
}

const groups: Readonly<Record<string, string>> = { Job: 'batch', CronJob: 'batch' };

/** The creation of a workload of that kind, whose template has these annotations. */
export function workloadReview(
  kind: string,
  annotations: Fields,
  metadata: Metadata = {},
  request: Fields = {},
): ReturnType<typeof reviewOf> {
  const group = groups[kind] ?? 'apps';
  const template = { template: podOf(annotations as Record<string, string>) };
  return reviewOf({
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource: `${kind.toLowerCase()}s` },
    namespace: 'shop',
    operation: 'CREATE',
    object: {
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name: 'web', ...metadata },
      spec: kind === 'CronJob' ? { jobTemplate: { spec: template } } : template,
    },
    oldObject: null,
    ...request,
  });
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly patchType?: string;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export function responseIn({ status, text }: Answer): AdmissionResponse {
  if (status !== 200) throw new Error(`HTTP ${status}: ${text.slice(0, 200)}`);
  return (JSON.parse(text) as { response: AdmissionResponse }).response;
}

export function operationsIn({ patch = '' }: AdmissionResponse): Operation[] {
  return JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as Operation[];
}
