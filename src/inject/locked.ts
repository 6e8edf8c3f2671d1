/**
 * What `annotations.locked` means for a pod that comes back: fields of our containers that a locked setting decides
 * are as we render them, whatever the pod's record of its injection or the containers say. Both are written by
 * whoever writes the pod.
 */
import { isObject } from '../is-object.ts';
import type { Pod, ResourceRequirements } from '../kubernetes.types.ts';
import type { SettingKey } from '../settings/table.ts';

/** Our two containers. */
export type Ours = 'init' | 'proxy';

/** What others are known to change, and the settings that decide it. */
const decidedBy = {
  init: { image: ['init-image', 'init-version'], imagePullPolicy: ['image-pull-policy'], env: [] },
  proxy: {
    image: ['proxy-image', 'proxy-version'],
    imagePullPolicy: ['image-pull-policy'],
    env: ['proxy-additional-env'],
  },
} as const satisfies Record<Ours, Record<string, readonly SettingKey[]>>;

/** Whether a field of a container of ours is the platform's alone. */
export function isLocked(
  ours: Ours,
  field: keyof (typeof decidedBy)[Ours],
  locked: ReadonlySet<SettingKey>,
): boolean {
  return decidedBy[ours][field].some((setting) => locked.has(setting));
}

/** The proxy's resources without the amounts that are the platform's alone. */
export function withoutLockedAmounts(
  resources: ResourceRequirements | null | undefined,
  locked: ReadonlySet<string>,
): ResourceRequirements {
  const free = (kind: 'requests' | 'limits', suffix: string) =>
    Object.fromEntries(
      Object.entries(resources?.[kind] ?? {}).filter(([name]) => !locked.has(`proxy-${name}-${suffix}`)),
    );
  return { requests: free('requests', 'request'), limits: free('limits', 'limit') };
}

/** True if our containers stand in a pod just as in another, but for what the API server fills in. */
export function standsAsRendered(pod: Pod, rendered: Pod, names: Readonly<Record<Ours, string>>): boolean {
  const ours = ({ spec }: Pod) =>
    ([spec?.initContainers, spec?.containers] as const).map((list) =>
      (list ?? []).filter(({ name }) => name === names.init || name === names.proxy),
    );
  return isAsWanted(ours(pod), ours(rendered));
}

/** Kubernetes' defaults for what we leave out of a container. */
const filledIn: Readonly<Record<string, unknown>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  protocol: 'TCP',
  scheme: 'HTTP',
  apiVersion: 'v1',
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

function isAsWanted(standing: unknown, wanted: unknown): boolean {
  if (Array.isArray(standing) && Array.isArray(wanted))
    return (
      standing.length === wanted.length && wanted.every((item, index) => isAsWanted(standing[index], item))
    );
  if (!isObject(standing) || !isObject(wanted)) return standing === wanted;
  const isDefault = (key: string): boolean => standing[key] === filledIn[key] || standing[key] === undefined;
  return (
    Object.keys(standing).every((key) => wanted[key] !== undefined || isDefault(key)) &&
    Object.entries(wanted).every(([key, value]) => isAsWanted(standing[key], value))
  );
}
