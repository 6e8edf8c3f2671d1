/**
 * Follows one object: tells that it has changed, not how, because whoever is told reads it anew. Metadata only is
 * asked for, so that no key of a Secret is sent for it.
 */
import type { KubernetesClient } from './client.ts';
import { runListWatch, type ListWatchTimings } from './list-watch.ts';
import type { Log } from './log.ts';

export interface WatchObjectOptions extends Partial<ListWatchTimings> {
  readonly client: KubernetesClient;
  /** Of the collection, `/api/v1/namespaces/outrigger/secrets`. */
  readonly path: string;
  readonly name: string;
  /** Called for each change, once for what is there at first, and after each gap. */
  readonly onChange: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const defaultTimings: ListWatchTimings = {
  listTimeoutMs: 30_000,
  idleMs: 300_000,
  backoffMinMs: 200,
  backoffMaxMs: 4000, // what is wiped in a gap has to be repaired within 5 s
};

/** Starts at once and returns; never throws. */
export function watchObject(options: WatchObjectOptions): void {
  const { name, onChange } = options;
  void runListWatch({
    ...defaultTimings,
    ...options,
    fieldSelector: `metadata.name=${name}`,
    compact: () => undefined,
    replace: onChange,
    put: onChange,
    remove: onChange,
  });
}
