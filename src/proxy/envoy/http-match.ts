import type { JsonObject } from './json.ts';

/** config.route.v3.HeaderMatcher */
export const isGet: JsonObject = { name: ':method', string_match: { exact: 'GET' } };
