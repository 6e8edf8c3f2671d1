/** The three places of a proxy between a client and a server: at the client, at the server, at both. */
import { createMesh, type Mesh, type MeshedPod, type PodOptions } from './mesh.ts';
import type { Host } from './host.ts';

export const placements = ['outbound', 'inbound', 'in series'] as const;
export type Placement = (typeof placements)[number];

export interface Pair {
  readonly client: Host;
  readonly server: Host;
  /** The proxies between them, with the direction in which they are passed. */
  readonly proxies: readonly { readonly pod: MeshedPod; readonly direction: 'outbound' | 'inbound' }[];
}

export interface PlacedMesh {
  readonly mesh: Mesh;
  /** Both servers, with and without a proxy. */
  readonly servers: readonly Host[];
  readonly clientPod: MeshedPod;
  readonly serverPod: MeshedPod;
  pair(placement: Placement): Pair;
}

/** A client and a server with a proxy each, and one of either without. */
export async function createPlacedMesh(
  options: { readonly client?: PodOptions; readonly server?: PodOptions } = {},
): Promise<PlacedMesh> {
  const mesh = await createMesh();
  try {
    const [plainClient, plainServer] = [
      await mesh.addHost('plain-client'),
      await mesh.addHost('plain-server'),
    ];
    const clientPod = await mesh.addPod('client', options.client);
    const serverPod = await mesh.addPod('server', options.server);
    const outbound = { pod: clientPod, direction: 'outbound' } as const;
    const inbound = { pod: serverPod, direction: 'inbound' } as const;
    const pairs: Readonly<Record<Placement, Pair>> = {
      outbound: { client: clientPod.host, server: plainServer, proxies: [outbound] },
      inbound: { client: plainClient, server: serverPod.host, proxies: [inbound] },
      'in series': { client: clientPod.host, server: serverPod.host, proxies: [outbound, inbound] },
    };
    const servers = [plainServer, serverPod.host];
    return { mesh, servers, clientPod, serverPod, pair: (placement) => pairs[placement] };
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

/** A metric at each proxy of a pair, in the order in which the client's bytes pass them. */
export async function readAlong(
  { proxies }: Pair,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number[]> {
  return Promise.all(proxies.map(({ pod, direction }) => pod.metric(name, { direction, ...labels })));
}

/** Runs the action and gives its result and a function that tells by how much the metric has grown since. */
export async function countAlong<Result>(
  pair: Pair,
  [name, labels = {}]: readonly [name: string, labels?: Readonly<Record<string, string>>],
  action: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly growth: () => Promise<number[]> }> {
  const before = await readAlong(pair, name, labels);
  const result = await action();
  const growth = async (): Promise<number[]> =>
    (await readAlong(pair, name, labels)).map((value, index) => value - (before[index] ?? 0));
  return { result, growth };
}
