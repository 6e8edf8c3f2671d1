/**
 * From what the API server says of a pod that it refused to what is wrong. It tells of a webhook that failed in
 * words only (`Internal error occurred: failed calling webhook "NAME": failed to call webhook: Post "URL": REASON`),
 * with no code for the reason: hence patterns, of Go's net, crypto/tls and crypto/x509 and of the API server.
 */
import type { FailureKind } from './verdict.ts';

interface Failure {
  readonly kind: FailureKind;
  readonly pattern: RegExp;
  readonly sentence: string;
}

/** The first that matches counts: a time-out of a TLS handshake is a time-out. */
const ofWebhook: readonly Failure[] = [
  {
    kind: 'timeout',
    pattern: /context deadline exceeded|Client\.Timeout|i\/o timeout|handshake timeout|request canceled/u,
    sentence:
      'the webhook did not answer in time: its pods hang, or a firewall or NetworkPolicy drops what the API server sends to their port',
  },
  {
    kind: 'tls',
    pattern: /x509:|tls:/u,
    sentence:
      "the API server and the webhook do not trust each other's certificates: is the configuration's caBundle the CA of what the webhook serves?",
  },
  {
    kind: 'no_service',
    pattern: /service "[^"]*" not found|no such host/u,
    sentence: 'the Service that the webhook configuration names does not exist',
  },
  {
    kind: 'no_endpoints',
    pattern: /no endpoints available|no service port|connection refused/u,
    sentence: 'nobody answers behind the Service: no pod of the webhook is ready',
  },
  {
    kind: 'error',
    pattern: /an error on the server|the server (?:could not|is currently|rejected|has asked)/u,
    sentence: 'the webhook answered with an error: its log tells why',
  },
  { kind: 'unreachable', pattern: /(?:)/u, sentence: 'the API server cannot reach the webhook' },
];

const ours = '.outrigger.dev';

/** @param message the API server's words about a request that it refused */
export function failureOf(message: string): Pick<Failure, 'kind' | 'sentence'> | undefined {
  const called = /failed calling webhook "(?<name>[^"]*)"/u.exec(message)?.groups?.['name'];
  if (called !== undefined)
    return called.endsWith(ours)
      ? ofWebhook.find(({ pattern }) => pattern.test(message))
      : { kind: 'other_webhook', sentence: `another webhook fails, ${called}` };
  const denier = /admission webhook "(?<name>[^"]*)" denied the request/u.exec(message)?.groups?.['name'];
  if (denier !== undefined)
    return denier.endsWith(ours)
      ? { kind: 'denied', sentence: 'the webhook works, and refuses the pod' }
      : { kind: 'other_webhook', sentence: `another webhook refuses the pod, ${denier}` };
  if (message.includes('violates PodSecurity'))
    return {
      kind: 'pod_security',
      sentence:
        "the namespace's Pod Security refuses the pod, as the init container needs NET_ADMIN and NET_RAW",
    };
  return undefined;
}
