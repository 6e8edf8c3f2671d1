/** From the bytes' JSON to a review, or the reason why it is none. */
import { isObject } from '../is-object.ts';
import type { Result } from '../settings/values/result.ts';
import { bad, ok } from '../settings/values/result.ts';

/** The part of an admission.k8s.io/v1 AdmissionRequest that is read here. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  /** Empty for objects that are in no namespace. */
  readonly namespace: string;
  /** The object's own name; empty with `generateName`. */
  readonly name: string;
  readonly resource: string;
  readonly subResource: string;
  /** The kind in the form that the webhook asked for. */
  readonly kind: string;
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

/** Far above what the API server sends (a UUID); what comes back in the response stays short. */
const maxUidLength = 128;

/** A DNS label, as all names of namespaces are; it goes into the log. */
const namespaceForm = /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/u;

/** The API server's own; one of another form is answered, as the API demands, and not logged. */
const uidForm = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/u;

/** A uid as it may stand in a log, in which nobody may write what they like. */
export function loggedUid(uid: string): string {
  return uidForm.test(uid) ? uid : '';
}

/**
 * Errors name a path, never a value: nothing of the body is echoed.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
 */
export function readReview(body: unknown): Result<AdmissionRequest> {
  if (!isObject(body)) return bad('the body is not an object');
  if (body['kind'] !== 'AdmissionReview') return bad('kind is not AdmissionReview');
  if (body['apiVersion'] !== 'admission.k8s.io/v1') return bad('apiVersion is not admission.k8s.io/v1');
  const request = body['request'];
  if (!isObject(request)) return bad('request is not an object');
  const uid = request['uid'];
  if (typeof uid !== 'string' || uid === '') return bad('request.uid is missing');
  if (uid.length > maxUidLength) return bad('request.uid is too long');
  const { namespace, name, operation, subResource, dryRun } = request;
  const resource = fieldOf(request['resource'], 'resource');
  const kind = fieldOf(request['kind'], 'kind');
  const texts = { namespace, name, operation, subResource, 'resource.resource': resource, 'kind.kind': kind };
  const wrong = Object.entries(texts).find(([, value]) => value !== undefined && typeof value !== 'string');
  if (wrong) return bad(`request.${wrong[0]} is not a string`);
  if (dryRun !== undefined && dryRun !== null && typeof dryRun !== 'boolean')
    return bad('request.dryRun is not a boolean');
  if (typeof namespace === 'string' && !namespaceForm.test(namespace))
    return bad('request.namespace is not a DNS label');
  return ok({
    uid,
    operation: textOr(operation),
    namespace: textOr(namespace),
    name: textOr(name),
    resource: textOr(resource),
    subResource: textOr(subResource),
    kind: textOr(kind),
    dryRun: dryRun === true,
    object: request['object'] ?? null,
    oldObject: request['oldObject'] ?? null,
  });
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function fieldOf(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}
