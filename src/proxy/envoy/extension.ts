import type { JsonObject } from './json.ts';

/** A message in `google.protobuf.Any`, the form in which Envoy takes the configuration of an extension. */
export function typed(message: string, fields: JsonObject = {}): JsonObject {
  return { '@type': `type.googleapis.com/envoy.extensions.${message}`, ...fields };
}

/**
 * An extension with its configuration. Envoy finds the factory by the message, so the name is free: short ones
 * keep the bootstrap short.
 */
export function extension(name: string, message: string, fields: JsonObject = {}): JsonObject {
  return { name, typed_config: typed(message, fields) };
}
