/** Where a workload keeps the template of its pods, by group and kind. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  'Pod.': [],
  'Deployment.apps': ['spec', 'template'],
  'ReplicaSet.apps': ['spec', 'template'],
  'StatefulSet.apps': ['spec', 'template'],
  'DaemonSet.apps': ['spec', 'template'],
  'ReplicationController.': ['spec', 'template'],
  'Job.batch': ['spec', 'template'],
  'CronJob.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};

/**
 * The path of fields that leads to the pod template.
 * @param apiVersion such as `apps/v1`; the version does not matter, the group does
 * @returns undefined for a kind that makes no pods, or the kind of another group
 */
export function templatePathOf(apiVersion: string, kind: string): readonly string[] | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const key = `${kind}.${group}`;
  return Object.hasOwn(templatePaths, key) ? templatePaths[key] : undefined;
}
