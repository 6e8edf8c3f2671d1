/**
 * Writes Kubernetes events without ever standing in anybody's way: `record` only puts into a queue.
 * Limits: one per owner and reason in 10 minutes (a crash-looping ReplicaSet makes pods for ever), 10/s in all after
 * a burst of 20, a queue of 200. What is over a limit is dropped; lost events harm nobody.
 */
import type { KubernetesClient } from './client.ts';
import { systemClock, type Clock } from './clock.ts';
import { messageOf } from './error.ts';
import { renderEvent, type OwnerEvent } from './event.ts';
import type { Log } from './log.ts';
import { createRecentKeys } from './recent-keys.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface EventRecorder {
  /** Never throws and never waits. */
  record(event: OwnerEvent): void;
  /** How many were given up because the queue was full, the API server refused or we were stopped. */
  readonly dropped: number;
  /** Resolves when the event on its way has arrived or failed; those in the queue are dropped. */
  stop(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubernetesClient;
  /** The pod's name: who of the replicas wrote it. */
  readonly reportingInstance: string;
  readonly log: Log;
  readonly clock?: Clock;
}

const repeatAfterMs = 10 * 60_000;
const perSecond = 10;
const burst = 20;
const maxQueued = 200;
/** About 100 bytes each; 10 minutes of 10/s would be 6,000. */
const maxRemembered = 10_000;
const postTimeoutMs = 5000;

export function startEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock = systemClock } = options;
  const recent = createRecentKeys(repeatAfterMs, maxRemembered);
  const bucket = createTokenBucket(perSecond, burst);
  const queue: OwnerEvent[] = [];
  const stopping = new AbortController();
  let draining: Promise<void> | undefined;
  let dropped = 0;

  async function drain(): Promise<void> {
    while (queue.length > 0 && !stopping.signal.aborted) {
      const waitMs = bucket.take(clock.now());
      if (waitMs > 0) {
        await clock.wait(waitMs, stopping.signal);
        continue;
      }
      const event = queue.shift();
      if (event !== undefined && !(await post(event, clock.now(), options))) dropped += 1;
    }
    draining = undefined;
  }

  return {
    record(event) {
      const key = `${event.owner.uid}/${event.reason}`;
      const nowMs = clock.now();
      if (stopping.signal.aborted || recent.has(key, nowMs)) return;
      if (queue.length >= maxQueued) {
        dropped += 1;
        return;
      }
      recent.add(key, nowMs);
      queue.push(event);
      draining ??= drain();
    },
    get dropped() {
      return dropped;
    },
    async stop() {
      stopping.abort();
      await draining;
      dropped += queue.splice(0).length;
    },
  };
}

/** @returns whether it was accepted; nothing is tried again, as the next pod of that owner comes soon enough */
async function post(event: OwnerEvent, nowMs: number, options: EventRecorderOptions): Promise<boolean> {
  const { client, reportingInstance, log } = options;
  try {
    await client.request('POST', `/api/v1/namespaces/${encodeURIComponent(event.namespace)}/events`, {
      body: renderEvent(event, nowMs, reportingInstance),
      timeoutMs: postTimeoutMs,
    });
    return true;
  } catch (error) {
    const { namespace, reason } = event;
    log('warn', { namespace, reason, error: messageOf(error) }, 'event not written');
    return false;
  }
}
