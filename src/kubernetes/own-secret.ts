/**
 * One Secret of our own, by name. RBAC: get, list, watch and update of that name; create in its namespace, which
 * cannot be limited to a name.
 */
import type { StringMap } from '../kubernetes.types.ts';
import type { KubernetesClient } from './client.ts';
import { hasStatus } from './error.ts';

export interface SecretReading {
  /** Undefined if there is none. */
  readonly secret: StoredSecret | undefined;
  /** The API server's clock, milliseconds since 1970. */
  readonly serverTimeMs: number | undefined;
}

export interface StoredSecret {
  /** Base64 by key. */
  readonly data: StringMap;
  readonly version: string;
}

export interface OwnSecret {
  /** For messages. */
  readonly name: string;
  /** @throws KubernetesError */
  read(): Promise<SecretReading>;
  /**
   * Replaces all data, or creates the Secret with the labels and annotations that it had when it was read last:
   * Helm knows its own by them.
   * @returns `conflict` if somebody else was faster
   * @throws KubernetesError
   */
  write(data: StringMap, over: StoredSecret | undefined): Promise<'written' | 'conflict'>;
}

interface Metadata {
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
}

interface Secret {
  readonly metadata: Metadata;
  readonly type?: string;
  readonly data?: StringMap;
}

export interface OwnSecretOptions {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly name: string;
}

export function createOwnSecret({ client, namespace, name }: OwnSecretOptions): OwnSecret {
  const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const path = `${collection}/${encodeURIComponent(name)}`;
  /** As it was read last: an update has to send everything, data aside. */
  let seen: Secret | undefined;

  return {
    name: `Secret ${namespace}/${name}`,
    async read() {
      try {
        const { body, serverTimeMs } = await client.request('GET', path);
        seen = body as Secret;
        const { data = {}, metadata } = seen;
        return { secret: { data, version: metadata.resourceVersion }, serverTimeMs };
      } catch (error) {
        if (hasStatus(error, 404)) return { secret: undefined, serverTimeMs: undefined };
        throw error;
      }
    },
    async write(data, over) {
      try {
        const { labels, annotations } = seen?.metadata ?? {};
        const kept = { ...(labels && { labels }), ...(annotations && { annotations }) };
        if (over === undefined)
          await client.request('POST', collection, {
            body: { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...kept }, type: 'Opaque', data },
          });
        else
          await client.request('PUT', path, {
            body: { ...seen, metadata: { ...seen?.metadata, resourceVersion: over.version }, data },
          });
        return 'written';
      } catch (error) {
        // 404: deleted since it was read; a new look finds that out.
        if (hasStatus(error, 404, 409)) return 'conflict';
        throw error;
      }
    },
  };
}
