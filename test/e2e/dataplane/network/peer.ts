/** Clients and servers of a test: modules under `peers/` whose functions run on a host of the network. */
import { fileURLToPath } from 'node:url';

/** A module whose exported functions take and give JSON. */
export interface Peer<Module> {
  readonly path: string;
  /** Only there for the type. */
  readonly functions?: Module;
}

/** The functions of a peer on a host. What one of them starts (a server) lives until the host ends. */
export type Remote<Module> = {
  readonly [Name in keyof Module]: Module[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** @param name of a file under `peers/`, whose type is given: `peer<typeof tcpPeer>('tcp')` (`import type * as tcpPeer`) */
export function peer<Module>(name: string): Peer<Module> {
  return { path: fileURLToPath(new URL(`../peers/${name}.ts`, import.meta.url)) };
}

/** Each function as a call through `call`. */
export function remoteOf<Module>(
  { path }: Peer<Module>,
  call: (module: string, name: string, args: readonly unknown[]) => Promise<unknown>,
): Remote<Module> {
  return new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args: readonly unknown[]) =>
          call(path, String(name), args),
    },
  ) as Remote<Module>;
}
