/** Names that Outrigger's additions bear in a pod, besides the backend's container names. */
export const volumeNames = {
  /** Where proxy-init's lock file lives. */
  run: 'outrigger-run',
  /** Mounted over the place of the API token, so that the ServiceAccount admission puts none there. */
  noToken: 'outrigger-no-token',
} as const;

export const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

export const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';
