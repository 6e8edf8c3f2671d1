/**
 * Whose pod it is. The body is untrusted (the endpoint can be reached by others than the API server), so an
 * owner counts only if it is of a kind that makes pods and its name and uid look like Kubernetes' own.
 */
import type { Pod } from '../kubernetes.types.ts';
import type { Owner } from './dependencies.ts';

const podMakers: Readonly<Record<string, string>> = {
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  ReplicationController: 'v1',
};

const nameForm = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/u;
const uidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

export function ownerOf(pod: Pod): Owner | undefined {
  const reference = (pod.metadata?.ownerReferences ?? []).find(({ controller }) => controller === true);
  if (reference === undefined) return undefined;
  const { apiVersion, kind, name, uid } = reference;
  const isKnown = Object.hasOwn(podMakers, kind) && podMakers[kind] === apiVersion;
  return isKnown && nameForm.test(name) && uidForm.test(uid) ? { apiVersion, kind, name, uid } : undefined;
}
