/**
 * - `configuration`: no kubeconfig, or one that cannot be used
 * - `credentials`: the kubeconfig's way of getting a token or a certificate failed
 * - `unreachable`: no connection, or it broke; `cause` is Node's error
 * - `timeout`: no answer, or silence, for longer than the caller allows
 * - `busy`: too much is being asked already
 * - `stopped`: the caller's own signal
 * - `status`: the API server answered with an error; `status` is its HTTP status
 * - `unreadable`: an answer that is not the JSON it says it is
 */
export type KubernetesErrorCode =
  'configuration' | 'credentials' | 'unreachable' | 'timeout' | 'busy' | 'stopped' | 'status' | 'unreadable';

interface Details {
  readonly status?: number;
  readonly cause?: unknown;
}

/** Everything that goes wrong between us and the API server. The message never holds a credential. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly code: KubernetesErrorCode;
  readonly status: number | undefined;

  constructor(code: KubernetesErrorCode, message: string, { status, cause }: Details = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status;
  }
}

export function hasStatus(error: unknown, ...statuses: readonly number[]): error is KubernetesError {
  return error instanceof KubernetesError && error.status !== undefined && statuses.includes(error.status);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
