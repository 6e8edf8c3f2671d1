/** What is the same for all HTTP, towards clients and servers: what comes in goes out as it was. */
import { extension } from './extension.ts';
import type { JsonObject } from './json.ts';

export const maxHeaders = 2000;

/** 1 MiB; Envoy's default of 60 KiB is less than many servers take. */
export const maxHeadersKib = 1024;

/** core.v3.Http1ProtocolOptions */
export const http1Options: JsonObject = {
  accept_http_10: true,
  default_host_for_http_10: 'localhost',
  enable_trailers: true,
  allow_custom_methods: true,
  header_key_format: {
    stateful_formatter: extension(
      'preserve_case',
      'http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
      { forward_reason_phrase: true, formatter_type_on_envoy_headers: 'PROPER_CASE' },
    ),
  },
  // RFC 2817 clients offer TLS on every request; Envoy would answer 403 where the server just says no.
  ignore_http_11_upgrade: [{ prefix: 'TLS/' }],
};

/** core.v3.Http2ProtocolOptions; `allow_connect` is RFC 8441 (WebSocket over HTTP/2). */
export const http2Options: JsonObject = {
  allow_connect: true,
  max_concurrent_streams: 2_147_483_647,
  initial_stream_window_size: 2 ** 20,
  initial_connection_window_size: 2 ** 24,
};

/** The filter that forwards; without `x-envoy-*` headers of its own. */
export const router: JsonObject = extension('router', 'filters.http.router.v3.Router', {
  suppress_envoy_headers: true,
});
