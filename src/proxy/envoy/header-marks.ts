/**
 * Two facts about a request are lost by the time it is routed: whether its target was in absolute form, and
 * whether it came with `x-forwarded-proto`, which Envoy adds where it is absent. Both are marked in headers
 * before anything else happens; the routes read the marks, and none leaves the proxy.
 */
import { absoluteFormCluster, type Direction } from './clusters.ts';
import { extension } from './extension.ts';
import type { JsonObject } from './json.ts';

const absoluteForm = 'x-outrigger-abs';
const ownForwardedProto = 'x-outrigger-xfp';
const marks = [absoluteForm, ownForwardedProto];

const forwardedProto = 'x-forwarded-proto';

/** Sets the marks, after removing those that a client forged. A header whose value is empty is not added. */
export const markRequests: JsonObject = extension(
  'mark',
  'http.early_header_mutation.header_mutation.v3.HeaderMutation',
  {
    mutations: [
      ...marks.map((mark) => ({ remove: mark })),
      add(absoluteForm, '%REQ(:scheme)%'),
      add(ownForwardedProto, `%REQ(${forwardedProto})%`),
    ],
  },
);

function add(key: string, value: string): JsonObject {
  return { append: { header: { key, value } } };
}

/** CONNECT has no path, so `prefix` does not match it; then every combination of the marks, most marks first. */
export function virtualHost(direction: Direction): JsonObject {
  const twin = absoluteFormCluster(direction);
  return {
    name: 'any',
    domains: ['*'],
    request_headers_to_remove: marks,
    routes: [
      withoutForwardedProto(route({ connect_matcher: {} }, direction)),
      route(marked(absoluteForm, ownForwardedProto), twin),
      withoutForwardedProto(route(marked(absoluteForm), twin)),
      route(marked(ownForwardedProto), direction),
      withoutForwardedProto(route({ prefix: '/' }, direction)),
    ],
  };
}

function marked(...names: readonly string[]): JsonObject {
  return { prefix: '/', headers: names.map((name) => ({ name, present_match: true })) };
}

/** `timeout` is 15 s unless it is switched off; the idle timeout is the connection manager's. */
function route(match: JsonObject, cluster: string): JsonObject {
  return { match, route: { cluster, timeout: '0s' } };
}

/** The header that is there is Envoy's own. */
function withoutForwardedProto(route: JsonObject): JsonObject {
  return { ...route, request_headers_to_remove: [forwardedProto] };
}
