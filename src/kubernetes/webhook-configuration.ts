/**
 * One webhook configuration, by name: the `caBundle` of its entries. RBAC: get, list, watch and patch of that name.
 */
import type { KubernetesClient } from './client.ts';
import { hasStatus } from './error.ts';

export type WebhookKind = 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';

export interface StoredBundles {
  readonly version: string;
  /** Base64, of each entry; empty if it has none. */
  readonly bundles: readonly string[];
}

export interface WebhookConfiguration {
  /** For messages. */
  readonly name: string;
  /** @returns undefined if there is none @throws KubernetesError */
  read(): Promise<StoredBundles | undefined>;
  /**
   * Puts the bundle (base64) into each entry that holds another one, in one patch, if nothing has changed since.
   * @returns `conflict` if something has
   * @throws KubernetesError
   */
  publish(bundle: string, over: StoredBundles): Promise<'written' | 'conflict'>;
}

interface Configuration {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[];
}

const collections: Readonly<Record<WebhookKind, string>> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
};

export function collectionPath(kind: WebhookKind): string {
  return `/apis/admissionregistration.k8s.io/v1/${collections[kind]}`;
}

export function createWebhookConfiguration(
  client: KubernetesClient,
  kind: WebhookKind,
  name: string,
): WebhookConfiguration {
  const path = `${collectionPath(kind)}/${encodeURIComponent(name)}`;

  async function read(): Promise<StoredBundles | undefined> {
    try {
      const { metadata, webhooks = [] } = (await client.request('GET', path)).body as Configuration;
      const bundles = webhooks.map(({ clientConfig }) => clientConfig?.caBundle ?? '');
      return { version: metadata.resourceVersion, bundles };
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  return {
    name: `${kind} ${name}`,
    read,
    async publish(bundle, over) {
      try {
        await client.request('PATCH', path, {
          contentType: 'application/json-patch+json',
          body: patchOf(bundle, over),
        });
        return 'written';
      } catch (error) {
        if (hasStatus(error, 404, 409)) return 'conflict';
        // The answer to a test that fails, but also to a patch that is refused for what it says.
        if (hasStatus(error, 422) && (await read())?.version !== over.version) return 'conflict';
        throw error;
      }
    },
  };
}

/** Entries are patched by their index, which holds as long as the version does. */
export function patchOf(bundle: string, { version, bundles }: StoredBundles): object[] {
  const wrong = [...bundles.keys()].filter((index) => bundles[index] !== bundle);
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: version },
    ...wrong.map((index) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: bundle,
    })),
  ];
}
