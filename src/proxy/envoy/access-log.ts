import type { ConfiguredProxy } from './configuration-plan.ts';
import type { Direction } from './clusters.ts';
import { extension } from './extension.ts';
import type { JsonObject } from './json.ts';

/**
 * A line on stdout for each HTTP request that the pod serves, as Linkerd's `access-log` does: inbound only. The
 * client's address is the peer's own; Envoy's `DOWNSTREAM_REMOTE_ADDRESS` would believe `x-forwarded-for`.
 */
export function accessLogs(direction: Direction, { accessLog }: ConfiguredProxy): readonly JsonObject[] {
  if (direction === 'outbound' || accessLog === 'off') return [];
  return [
    extension('stdout', 'access_loggers.stream.v3.StdoutAccessLog', { log_format: formats[accessLog] }),
  ];
}

/** `apache` is the Common Log Format; `json` names its fields as Linkerd does where they mean the same. */
const formats: Readonly<Record<'apache' | 'json', JsonObject>> = {
  apache: {
    text_format_source: {
      inline_string:
        '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% - - [%START_TIME(%d/%b/%Y:%H:%M:%S %z)%] "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE% %BYTES_SENT%\n',
    },
  },
  json: {
    json_format: {
      timestamp: '%START_TIME%',
      'client.addr': '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%',
      method: '%REQ(:METHOD)%',
      host: '%REQ(:AUTHORITY)%',
      uri: '%REQ(:PATH)%',
      version: '%PROTOCOL%',
      user_agent: '%REQ(USER-AGENT)%',
      status: '%RESPONSE_CODE%',
      flags: '%RESPONSE_FLAGS%',
      request_bytes: '%BYTES_RECEIVED%',
      response_bytes: '%BYTES_SENT%',
      total_ns: '%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ns)%',
    },
  },
};
