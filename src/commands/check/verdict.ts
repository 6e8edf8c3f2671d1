/** What became of a pod that would be created. The kind is for tests and tables, the sentence for people. */
export type SidecarVerdict =
  { readonly kind: 'injected' } | { readonly kind: FailureKind; readonly sentence: string };

export type FailureKind =
  /** Nobody was asked about the pod, or the API server was told to pass a failure over. */
  | 'not_selected'
  /** The webhook's failure is passed over: `failurePolicy: Ignore`. */
  | 'ignored'
  | 'timeout'
  | 'tls'
  | 'no_endpoints'
  | 'no_service'
  /** The webhook answered, with an error. */
  | 'error'
  /** Anything else that kept the API server from calling the webhook. */
  | 'unreachable'
  /** The webhook of somebody else fails. */
  | 'other_webhook'
  /** The webhook refused the pod, with its own reason. */
  | 'denied'
  | 'pod_security'
  | 'forbidden'
  | 'no_namespace'
  | 'cluster';
