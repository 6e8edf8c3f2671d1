/**
 * Writes Kubernetes events without ever standing in anybody's way: `record` only puts into a queue.
 * Limits: one per owner and reason in 10 minutes (a crash-looping ReplicaSet makes pods for ever), 10/s in all after
 * a burst of 20, a queue of 200, of which one namespace has half at most, in turn with the others and less than half if
 * they need it: whoever invents owners in one takes nothing from the rest. What is over a limit is dropped; lost events harm nobody.
 */
import { LRUCache } from 'lru-cache';
import type { KubernetesClient } from './client.ts';
import { systemClock, type Clock } from './clock.ts';
import { messageOf } from './error.ts';
import { renderEvent, type OwnerEvent } from './event.ts';
import type { Log } from './log.ts';
import { createFairQueue } from './fair-queue.ts';
import { createRecentKeys, type RecentKeys } from './recent-keys.ts';
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
const queueLimits = { most: 200, mostOfOne: 100 } as const;
/** Of one namespace, and of how many: about 100 bytes each. */
const maxRemembered = { keys: 500, namespaces: 100 } as const;
const postTimeoutMs = 5000;

export function startEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock = systemClock } = options;
  const recent = new LRUCache<string, RecentKeys>({ max: maxRemembered.namespaces });
  const recentIn = (namespace: string): RecentKeys => {
    const keys = recent.get(namespace) ?? createRecentKeys(repeatAfterMs, maxRemembered.keys);
    recent.set(namespace, keys);
    return keys;
  };
  const bucket = createTokenBucket(perSecond, burst);
  const queue = createFairQueue<OwnerEvent>(queueLimits);
  const stopping = new AbortController();
  let draining: Promise<void> | undefined;
  let dropped = 0;

  async function drain(): Promise<void> {
    while (queue.size > 0 && !stopping.signal.aborted) {
      const waitMs = bucket.take(clock.now());
      if (waitMs > 0) {
        await clock.wait(waitMs, stopping.signal);
        continue;
      }
      const event = queue.next();
      if (event !== undefined && !(await post(event, clock.now(), options))) dropped += 1;
    }
    draining = undefined;
  }

  return {
    record(event) {
      const key = `${event.owner.uid}/${event.reason}`;
      const nowMs = clock.now();
      const known = recentIn(event.namespace);
      if (stopping.signal.aborted || known.has(key, nowMs)) return;
      const added = queue.add(event.namespace, event);
      if (added.dropped) dropped += 1;
      if (!added.taken) return;
      known.add(key, nowMs);
      draining ??= drain();
    },
    get dropped() {
      return dropped;
    },
    async stop() {
      stopping.abort();
      await draining;
      dropped += queue.size;
      while (queue.next() !== undefined);
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
