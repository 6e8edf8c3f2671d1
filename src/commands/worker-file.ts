/** Where the worker for large reviews stands, and what it is told. */
import type { Config } from '../settings/config-schema.ts';

/** Of the installation only what it was made from: functions cannot be cloned. */
export interface WorkerData {
  readonly config: Config;
  readonly ownNamespace: string | undefined;
}

/** Beside this file, in the source as in the bundle. */
const file = new URL(
  import.meta.url.endsWith('.ts') ? 'review-worker.ts' : 'review-worker.js',
  import.meta.url,
);

export function reviewWorker(
  config: Config,
  ownNamespace: string | undefined,
): { readonly file: URL; readonly data: WorkerData } {
  return { file, data: { config, ownNamespace } };
}
