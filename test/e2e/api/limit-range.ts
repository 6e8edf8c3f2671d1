import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createDryRun } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import { containerOf, disabled, podManifest, type Pod } from './pods.ts';

/**
 * Limits the containers of a namespace, and resolves when that reaches pods: the API server's admission reads
 * LimitRanges from a cache of its own.
 */
export async function createLimitRange(cp: ControlPlane, namespace: string, limits: object): Promise<void> {
  const metadata = { name: 'limits', namespace };
  const spec = { limits: [{ type: 'Container', ...limits }] };
  await applyManifests(cp, [{ apiVersion: 'v1', kind: 'LimitRange', metadata, spec }]);
  await pollUntil(
    async () => {
      const pod = await createDryRun<Pod>(cp, podManifest(namespace, 'dry', { annotations: disabled }));
      return containerOf(pod, 'web').resources?.limits;
    },
    { timeoutMs: 20_000, what: `the LimitRange of namespace ${namespace} to count` },
  );
}
