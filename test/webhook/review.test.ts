import { describe, expect, it } from 'vitest';
import { loggedUid, readReview } from '../../src/webhook/review.ts';
import { podReview, uid } from './reviews.ts';

const review = podReview();

describe('a review', () => {
  it('is read as the API server sends it', () => {
    expect(readReview(review)).toEqual({
      ok: true,
      value: {
        uid,
        operation: 'CREATE',
        namespace: 'shop',
        name: '',
        resource: 'pods',
        subResource: '',
        kind: 'Pod',
        dryRun: false,
        object: review.request['object'],
        oldObject: null,
      },
    });
  });

  it('may leave out everything but its uid', () => {
    const read = readReview({ ...review, request: { uid } });
    expect(read).toMatchObject({
      ok: true,
      value: { operation: '', namespace: '', object: null, dryRun: false },
    });
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'the body is not an object'],
    ['null', null, 'the body is not an object'],
    ['a text', 'AdmissionReview', 'the body is not an object'],
    ['another kind', { ...review, kind: 'Pod' }, 'kind is not AdmissionReview'],
    ['no kind', { ...review, kind: undefined }, 'kind is not AdmissionReview'],
    [
      'an older version',
      { ...review, apiVersion: 'admission.k8s.io/v1beta1' },
      'apiVersion is not admission.k8s.io/v1',
    ],
    ['another group', { ...review, apiVersion: 'v1' }, 'apiVersion is not admission.k8s.io/v1'],
    ['no request', { ...review, request: undefined }, 'request is not an object'],
    ['a request of null', { ...review, request: null }, 'request is not an object'],
    ['a list for a request', { ...review, request: [] }, 'request is not an object'],
    ['no uid', { ...review, request: {} }, 'request.uid is missing'],
    ['an empty uid', podReview({}, { uid: '' }), 'request.uid is missing'],
    ['a number for a uid', podReview({}, { uid: 1 }), 'request.uid is missing'],
    ['a uid that is too long', podReview({}, { uid: 'x'.repeat(129) }), 'request.uid is too long'],
    ...['x'.repeat(64), 'Shop', 'a.b', '-a', 'a\n', '..'].map((namespace): [string, unknown, string] => [
      `the namespace ${JSON.stringify(namespace)}`,
      podReview({}, { namespace }),
      'request.namespace is not a DNS label',
    ]),
    ['a list for a namespace', podReview({}, { namespace: [] }), 'request.namespace is not a string'],
    ['null for a namespace', podReview({}, { namespace: null }), 'request.namespace is not a string'],
    ['a number for a name', podReview({}, { name: 1 }), 'request.name is not a string'],
    ['an object for an operation', podReview({}, { operation: {} }), 'request.operation is not a string'],
    ['true for a subresource', podReview({}, { subResource: true }), 'request.subResource is not a string'],
    [
      'a number for a resource',
      podReview({}, { resource: { resource: 1 } }),
      'request.resource.resource is not a string',
    ],
    ['a number for a kind', podReview({}, { kind: { kind: 1 } }), 'request.kind.kind is not a string'],
    ['a text for dryRun', podReview({}, { dryRun: 'no' }), 'request.dryRun is not a boolean'],
  ])('is not %s', (_, body, error) => {
    expect(readReview(body)).toEqual({ ok: false, error });
  });

  it.each(['__proto__', 'constructor', 'toString'])('is not changed by a key called %s', (key) => {
    const text = JSON.stringify(review).replace('"uid"', `"${key}":{"uid":"forged","dryRun":true},"uid"`);
    expect(readReview(JSON.parse(text))).toEqual(readReview(review));
    const hollow = JSON.parse(`{"${key}":${JSON.stringify(review)}}`) as unknown;
    expect(readReview(hollow)).toEqual({ ok: false, error: 'kind is not AdmissionReview' });
  });
});

it.each([
  ['705ab4f5-6393-11e8-b7cc-42010a800002', '705ab4f5-6393-11e8-b7cc-42010a800002'],
  ['{"level":60}', ''],
  ['705ab4f5-6393-11e8-b7cc-42010a800002\n', ''],
  ['', ''],
])('the uid %j is logged as %j', (given, logged) => {
  expect(loggedUid(given)).toBe(logged);
});
