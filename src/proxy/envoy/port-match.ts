import type { PortSet } from '../../settings/values/port-set.ts';
import type { JsonObject } from './json.ts';

/** config.listener.v3.ListenerFilterChainMatchPredicate for a set of destination ports that is not empty. */
export function onPorts(set: PortSet): JsonObject {
  // The end of an Int32Range is exclusive: that of port 65535 is 65536.
  const rules = set.map(([from, to]) => ({ destination_port_range: { start: from, end: to + 1 } }));
  // `or_match` wants two rules or more.
  return rules.length === 1 && rules[0] ? rules[0] : { or_match: { rules } };
}
