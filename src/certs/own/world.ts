/** What keeping an own certificate needs of the world around it: a command wires it. */
import type { SecretData } from './secret-data.ts';

export interface StoredSecret {
  readonly data: SecretData;
  /** The API's resourceVersion: a write over another version is refused. */
  readonly version: string;
}

export interface SecretReading {
  /** Undefined if there is none. */
  readonly secret: StoredSecret | undefined;
  /** The API server's clock, milliseconds since 1970: it is the one that judges certificates. */
  readonly serverTimeMs?: number | undefined;
}

/** `conflict`: somebody else was faster. Everything is read anew then. */
export type Written = 'written' | 'conflict';

export interface SecretStore {
  /** For messages: `Secret outrigger/outrigger-certificate`. */
  readonly name: string;
  /** The latest state, never a cached one. */
  read(): Promise<SecretReading>;
  /** @param over the Secret that is replaced; undefined: there is none */
  write(data: SecretData, over: StoredSecret | undefined): Promise<Written>;
}

/** A webhook configuration. */
export interface StoredTarget {
  readonly version: string;
  /** The `caBundle` of each entry, in base64 as the API has it; empty if there is none. */
  readonly bundles: readonly string[];
}

export interface BundleTarget {
  /** For messages: `MutatingWebhookConfiguration outrigger`. */
  readonly name: string;
  /** The latest state; undefined if there is none. */
  read(): Promise<StoredTarget | undefined>;
  /** Puts the bundle into each entry that holds another one. @param bundle base64 */
  publish(bundle: string, over: StoredTarget): Promise<Written>;
}

export interface World {
  readonly store: SecretStore;
  readonly targets: readonly BundleTarget[];
}
