/**
 * The shape of an event. It is core/v1 and not events.k8s.io/v1: the newer API leaves `firstTimestamp`,
 * `lastTimestamp` and `source` empty, so that `kubectl get events` cannot sort by the last, and older consoles show
 * `<unknown>` and no origin; both APIs store the same object. RBAC: `create` on `events` in the API group "".
 */
import { randomBytes } from 'node:crypto';
import type { OwnerReference } from '../kubernetes.types.ts';

export interface OwnerEvent {
  readonly namespace: string;
  readonly owner: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;
  /** One word in CamelCase. */
  readonly reason: string;
  /** Cut after 1024 characters, the API's limit for a note. */
  readonly message: string;
  readonly type: 'Normal' | 'Warning';
}

const component = 'outrigger';
const maxMessageLength = 1024;
/** Both are limits of the API: of an instance's name, and of an object's less our suffix. */
const maxInstanceLength = 128;
const maxNameLength = 253 - 17;

export function renderEvent(event: OwnerEvent, nowMs: number, reportingInstance: string) {
  const { namespace, owner, reason, message, type } = event;
  const time = `${new Date(nowMs).toISOString().slice(0, 19)}Z`; // metav1.Time has no fractions
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: createName(owner.name) },
    involvedObject: { ...owner, namespace },
    reason,
    message: shorten(message, maxMessageLength),
    type,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component },
    reportingComponent: component,
    reportingInstance: reportingInstance.slice(0, maxInstanceLength),
  };
}

/** Like client-go's: the owner's name and a hexadecimal number; random, as replicas may write at the same time. */
function createName(owner: string): string {
  return `${owner.slice(0, maxNameLength).replace(/[-.]+$/u, '')}.${randomBytes(8).toString('hex')}`;
}

function shorten(message: string, length: number): string {
  return message.length <= length ? message : `${message.slice(0, length - 1).toWellFormed()}…`;
}
