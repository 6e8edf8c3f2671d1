import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/commands/check/failures.ts';

const calling = (reason: string, name = 'labelled.outrigger.dev') =>
  `Internal error occurred: failed calling webhook "${name}": failed to call webhook: Post "https://outrigger.outrigger.svc:443/mutate/labelled?timeout=5s": ${reason}`;

describe('what the API server says of a webhook that it could not call', () => {
  it.each([
    ['timeout', 'context deadline exceeded'],
    [
      'timeout',
      'net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    ],
    ['timeout', 'dial tcp 10.96.3.4:443: i/o timeout'],
    ['timeout', 'net/http: TLS handshake timeout'],
    ['tls', 'tls: failed to verify certificate: x509: certificate signed by unknown authority'],
    [
      'tls',
      'tls: failed to verify certificate: x509: certificate is valid for a, not outrigger.outrigger.svc',
    ],
    ['tls', 'x509: certificate has expired or is not yet valid: current time is after 2026-01-01T00:00:00Z'],
    ['tls', 'remote error: tls: certificate required'],
    ['no_endpoints', 'dial tcp 10.96.3.4:443: connect: connection refused'],
    ['no_endpoints', 'no endpoints available for service "outrigger"'],
    ['no_service', 'service "outrigger" not found'],
    ['error', 'an error on the server ("internal error") has prevented the request from succeeding'],
    ['error', 'the server is currently unable to handle the request'],
    ['unreachable', 'dial tcp 10.96.3.4:443: connect: no route to host'],
    ['unreachable', 'EOF'],
  ])('is %s: %s', (kind, reason) => {
    expect(failureOf(calling(reason))).toMatchObject({ kind });
  });

  it('is not ours if the webhook is not', () => {
    expect(failureOf(calling('context deadline exceeded', 'pods.policy.test'))).toEqual({
      kind: 'other_webhook',
      sentence: 'another webhook fails, pods.policy.test',
    });
    expect(failureOf('admission webhook "pods.policy.test" denied the request: no')).toMatchObject({
      kind: 'other_webhook',
    });
  });

  it.each([
    ['denied', 'admission webhook "labelled.outrigger.dev" denied the request: proxy-uid …'],
    ['pod_security', 'pods "x" is forbidden: violates PodSecurity "restricted:latest": …'],
    [undefined, 'pods is forbidden: User "x" cannot create resource "pods"'],
  ])('is %s: %s', (kind, message) => {
    expect(failureOf(message)?.kind).toBe(kind);
  });
});
