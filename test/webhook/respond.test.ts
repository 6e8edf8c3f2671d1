import { describe, expect, it } from 'vitest';
import { problem } from '../../src/messages.ts';
import { cutText } from '../../src/settings/values/result.ts';
import {
  advised,
  badRequest,
  busy,
  internalError,
  outcomes,
  rejected,
  skipped,
  unchanged,
  injected,
  type Response,
} from '../../src/webhook/respond.ts';

const uid = 'ä"\\\n\ud83d';
const problems = [
  problem('uid_clash', { container: 'a', uid: 1 }),
  problem('uid_clash', { container: 'b', uid: 2 }),
];

describe('the table of responses', () => {
  const rows: readonly [string, Response, number, object | string, object?][] = [
    [
      'injected',
      injected(uid, 'W10=', []),
      200,
      { uid, allowed: true, patchType: 'JSONPatch', patch: 'W10=' },
    ],
    ['unchanged', unchanged(uid), 200, { uid, allowed: true }],
    [
      'skipped',
      skipped(uid, ['host_network', 'windows_node']),
      200,
      { uid, allowed: true, auditAnnotations: { skipped: 'host_network,windows_node' } },
    ],
    [
      'rejected',
      rejected(uid, problems),
      200,
      {
        uid,
        allowed: false,
        status: { code: 400, reason: 'Invalid', message: problems.map(({ message }) => message).join('\n') },
      },
    ],
    ['advised', advised(uid, []), 200, { uid, allowed: true }],
    ['advised', advised(uid, ['ä "line"']), 200, { uid, allowed: true, warnings: ['ä "line"'] }],
    ['error', internalError('why'), 500, 'why\n'],
    ['bad_request', badRequest('why'), 400, 'why\n'],
    ['bad_request', badRequest('why', 404), 404, 'why\n'],
    ['bad_request', badRequest('why', 405), 405, 'why\n', { allow: 'POST' }],
    ['bad_request', badRequest('why', 413), 413, 'why\n'],
    ['bad_request', badRequest('why', 415), 415, 'why\n'],
    ['busy', busy(), 503, 'too many reviews in flight\n', { 'retry-after': '1' }],
  ];

  it.each<[string, Response, number, object | string, object?]>(rows)(
    '%s %#',
    (outcome, made, status, answer, headers = {}) => {
      expect(made).toMatchObject({ outcome, status });
      expect(made.headers ?? {}).toEqual(headers);
      if (typeof answer === 'string') {
        expect(made).toMatchObject({ contentType: 'text/plain', body: answer });
        return;
      }
      expect(made.contentType).toBe('application/json');
      expect(JSON.parse(made.body)).toEqual({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: answer,
      });
    },
  );

  it('has a row for every outcome', () => {
    expect(new Set(rows.map(([outcome]) => outcome))).toEqual(new Set(outcomes));
  });
});

describe('a line that is cut', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['', 5, ''],
    ['abc🛶🛶', 5, 'abc…'],
    ['ab🛶🛶🛶', 5, 'ab🛶…'],
  ])('%s to %i characters is %s', (line, length, cut) => {
    expect(cutText(line, length)).toBe(cut);
    expect(cut.isWellFormed()).toBe(true);
  });
});
