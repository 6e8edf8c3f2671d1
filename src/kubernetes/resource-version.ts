/**
 * Which of two versions of one object is the newer.
 *
 * Up to Kubernetes 1.34 a resourceVersion is documented as opaque, from 1.35 on as an integer that only grows and
 * may be compared within a resource (KEP-5504, whose conformance test covers every built-in type); the API server's
 * own storage has always made it so. We compare, because two sources that race (a GET and the watch) leave no other
 * way to tell; and use it only to turn the older of the two away. Where a server gives something else than integers
 * the answer is undefined and the caller has to do without. A restored etcd may begin again at lower numbers: hence
 * a fresh list always replaces everything, whatever its version.
 *
 * The comparison is KEP-5504's: by length, then by characters, as there is no limit to its size.
 *
 * @returns negative where `a` is older, 0 where equal, positive where newer; undefined where it cannot be told
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!isInteger(a) || !isInteger(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

export function isOlder(a: string, b: string): boolean {
  return (compareVersions(a, b) ?? 0) < 0;
}

const isInteger = (version: string): boolean => /^[1-9]\d*$/u.test(version);
