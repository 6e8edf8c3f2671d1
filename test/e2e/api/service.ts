/**
 * What kube-proxy does for a Service, for replicas on loopback: connections to its address go to one after the other
 * of those that are ready. The API server dials the ClusterIP itself.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/objects.ts';
import { findFreePort } from '../cluster/ports.ts';

export interface Service {
  readonly port: number;
  /** Where new connections go from now on: ports of 127.0.0.1. */
  setEndpoints(ports: readonly number[]): void;
  close(): Promise<void>;
}

/** @param address inside the Service range, 127.96.0.0/16 */
export async function createService(
  cp: ControlPlane,
  namespace: string,
  name: string,
  address: string,
): Promise<Service> {
  const port = await findFreePort(address);
  await applyManifests(cp, [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { clusterIP: address, ports: [{ port, targetPort: 8443 }] },
    },
  ]);
  let endpoints: readonly number[] = [];
  let turn = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    turn += 1;
    const target = endpoints[turn % Math.max(1, endpoints.length)];
    if (target === undefined) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('error', () => undefined);
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return {
    port,
    setEndpoints: (ports) => void (endpoints = ports),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
