/**
 * The only maker of responses.
 *
 * | what happened                               | HTTP | allowed | answer                                      | outcome       |
 * | ------------------------------------------- | ---- | ------- | ------------------------------------------- | ------------- |
 * | injected                                    | 200  | yes     | patch, warnings                             | `injected`    |
 * | unchanged                                   | 200  | yes     |                                             | `unchanged`   |
 * | skipped                                     | 200  | yes     | reasons as audit annotation                 | `skipped`     |
 * | rejected                                    | 200  | no      | status 400 Invalid, a line for each problem | `rejected`    |
 * | advised                                     | 200  | yes     | warnings                                    | `advised`     |
 * | internal error, namespace unknown           | 500  |         | short text                                  | `error`       |
 * | not HTTP, not JSON, not a review            | 400  |         | short text                                  | `bad_request` |
 * | body over the limit, too many `{` and `[`   | 413  |         | short text                                  | `bad_request` |
 * | content type; path; method                  | 415; 404; 405 | | short text                                | `bad_request` |
 * | headers too large; an expectation           | 431; 417 |     | short text                                  | `bad_request` |
 * | headers or body too slow                    | 408  |         | short text                                  | `bad_request` |
 * | too many reviews in flight, or large ones   | 503  |         | Retry-After: 1                              | `busy`        |
 *
 * What is not 200 makes the API server apply the webhook's live failurePolicy: an internal error of ours does
 * what an outage would.
 */
import type { Reason } from '../inject/reasons.ts';
import { maxProblems, maxWarnings, rejection, type Problem, type Warning } from '../messages.ts';
import { cutText } from '../settings/values/result.ts';

export const outcomes = [
  'injected',
  'unchanged',
  'skipped',
  'rejected',
  'advised',
  'error',
  'bad_request',
  'busy',
] as const;

export type ReviewOutcome = (typeof outcomes)[number];

export interface Response {
  readonly status: number;
  readonly outcome: ReviewOutcome;
  readonly contentType: 'application/json' | 'text/plain';
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param patch JSON Patch in base64 */
export function injected(uid: string, patch: string, warnings: readonly Warning[]): Response {
  const shown = warningsText(warnings.map(({ message }) => message));
  return review(
    'injected',
    `"uid":${JSON.stringify(uid)},"allowed":true,"patchType":"JSONPatch","patch":"${patch}"${shown}`,
  );
}

export function unchanged(uid: string): Response {
  return review('unchanged', `"uid":${JSON.stringify(uid)},"allowed":true`);
}

/** The API server files the annotation under the webhook's name, in its audit log. */
export function skipped(uid: string, reasons: readonly Reason[]): Response {
  const audit = JSON.stringify({ skipped: reasons.join(',') });
  return review('skipped', `"uid":${JSON.stringify(uid)},"allowed":true,"auditAnnotations":${audit}`);
}

export function rejected(uid: string, problems: readonly Problem[]): Response {
  const lines = problems.slice(0, maxProblems).map(({ message }) => message);
  if (problems.length > maxProblems) lines.push('and more of the kind');
  const message = lines.join('\n');
  const status = JSON.stringify({ code: rejection.status, reason: rejection.reason, message });
  return review('rejected', `"uid":${JSON.stringify(uid)},"allowed":false,"status":${status}`);
}

/** Allowed, with lines that kubectl shows to whoever wrote the object. */
export function advised(uid: string, lines: readonly string[]): Response {
  return review('advised', `"uid":${JSON.stringify(uid)},"allowed":true${warningsText(lines)}`);
}

/**
 * The answer to a review that could not be computed. The stack overflows only where a body is nested far deeper than
 * any object that Kubernetes would decode.
 */
export function failed(error: unknown): Response {
  return error instanceof RangeError
    ? badRequest('the object is nested too deeply')
    : internalError('internal error');
}

export function internalError(text: string): Response {
  return plain(500, 'error', text);
}

type RefusalStatus = 400 | 404 | 405 | 408 | 413 | 415 | 417 | 431;

export function badRequest(text: string, status: RefusalStatus = 400): Response {
  return plain(status, 'bad_request', text, status === 405 ? { allow: 'POST' } : {});
}

export function busy(text = 'too many reviews in flight'): Response {
  return plain(503, 'busy', text, { 'retry-after': '1' });
}

const reviewHead = '"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{';

function review(outcome: ReviewOutcome, response: string): Response {
  return { status: 200, outcome, contentType: 'application/json', body: `{${reviewHead}${response}}}` };
}

function plain(status: number, outcome: ReviewOutcome, text: string, headers = {}): Response {
  return { status, outcome, contentType: 'text/plain', body: `${text}\n`, headers };
}

/** The API server cuts a warning at 256 characters. */
const maxWarningLength = 256;

function warningsText(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, maxWarnings).map((line) => cutText(line, maxWarningLength));
  return `,"warnings":${JSON.stringify(shown)}`;
}
