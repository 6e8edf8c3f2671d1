import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createDryRun } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { podManifest, type Container, type Pod } from './pods.ts';

/** A webhook of somebody else's, called after ours: the API server goes by the names of configurations. */
export interface OtherWebhook {
  /** Removes it from the API server and ends it. */
  close(): Promise<void>;
}

/** What it makes of a pod's spec. */
export type ChangeSpec = (spec: Pod['spec']) => Pod['spec'];

/** Marks the pods that it has changed. */
const changedLabel = 'other.test/changed';

interface Review {
  readonly request: { readonly uid: string; readonly object: Pod };
}

/**
 * Starts a webhook that changes the spec of each new pod in one namespace, and resolves when the API server
 * calls it. It is called once for a pod: what we would undo in our second call would stay undone.
 */
export async function startOtherWebhook(
  cp: ControlPlane,
  namespace: string,
  change: ChangeSpec,
): Promise<OtherWebhook> {
  const pair = await cp.ca.issueServer(['127.0.0.1']);
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    void text(request).then((body) => {
      const { uid, object } = (JSON.parse(body) as Review).request;
      const labels = { ...object.metadata.labels, [changedLabel]: 'yes' };
      const patch = [
        { op: 'replace', path: '/spec', value: change(object.spec) },
        { op: 'add', path: '/metadata/labels', value: labels },
      ];
      const answer = {
        uid,
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const name = `zz-after-outrigger-${namespace}`;
  await applyManifests(cp, [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: 'other.outrigger.test',
          clientConfig: {
            url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
            caBundle: Buffer.from(cp.ca.certificate).toString('base64'),
          },
          failurePolicy: 'Fail',
          reinvocationPolicy: 'Never',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
        },
      ],
    },
  ]);
  await pollUntil(
    async () => (await createDryRun<Pod>(cp, podManifest(namespace, 'dry'))).metadata.labels?.[changedLabel],
    { timeoutMs: 20_000, what: 'the other webhook to be called' },
  );
  return {
    async close() {
      await cp.kubectlOk(['delete', 'mutatingwebhookconfiguration', name]);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const addContainer =
  (added: Container): ChangeSpec =>
  (spec) => ({ ...spec, containers: [...spec.containers, added] });

/** Has all images come from one registry. */
export const moveImages = (registry: string): ChangeSpec =>
  ofEveryContainer((container) => ({
    ...container,
    image: `${registry}/${container.image.replace(/^[^/]*\.[^/]*\//, '')}`,
  }));

/** Gives every container without a memory limit this one. */
export const limitMemory = (memory: string): ChangeSpec =>
  ofEveryContainer((container) => ({
    ...container,
    resources: { ...container.resources, limits: { memory, ...container.resources?.limits } },
  }));

function ofEveryContainer(change: (container: Container) => Container): ChangeSpec {
  return (spec) => ({
    ...spec,
    containers: spec.containers.map(change),
    initContainers: (spec.initContainers ?? []).map(change),
  });
}
