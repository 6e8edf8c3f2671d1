/** A configuration as data: what a bootstrap is made of, and what the printer takes. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: Json;
}
