/** The namespace that a review wants, from the cache or freshly read. */
import { namespaceWish } from '../inject/wish.ts';
import type { Namespace } from '../kubernetes.types.ts';
import type { WebhookDependencies } from './dependencies.ts';
import type { WantedNamespace } from './reviewed.ts';

type Found = Namespace | undefined;

/** @returns undefined where it is not known; a promise only if it has to be read */
export function findNamespace(
  { name, from }: WantedNamespace,
  dependencies: WebhookDependencies,
): Found | Promise<Found> {
  const cached = dependencies.namespaces.get(name);
  if (from === 'cache') return cached;
  if (cached && !(from === 'labelled' && isBehind(cached, dependencies))) return cached;
  return fetchNamespace(name, from, dependencies);
}

/** The selector matched a label that the cache does not have yet: `kubectl label` was followed at once by `kubectl apply`. */
function isBehind(cached: Namespace, { context }: WebhookDependencies): boolean {
  const { keys, config } = context().installation;
  return namespaceWish(cached, keys, config.injection.selectBy).kind !== 'on';
}

async function fetchNamespace(
  name: string,
  from: 'cluster' | 'labelled',
  { namespaces, logError }: WebhookDependencies,
): Promise<Found> {
  try {
    return await namespaces.fetch(name, from === 'labelled' ? 'labelled' : 'unknown');
  } catch (error) {
    logError(error, 'reading a namespace failed');
    return undefined;
  }
}
