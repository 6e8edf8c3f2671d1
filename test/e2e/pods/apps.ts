import { workload, type WorkloadParts } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, type Manifest } from '../cluster/objects.ts';
import { imageNames } from '../parts/pod-images.ts';

export const httpPort = 8080;
export const grpcPort = 9090;
export const greeterPort = 4406;

/** A container that runs the application: arguments of `app`, and more fields of the container. */
export function appContainer(name: string, args: readonly string[], fields: object = {}) {
  return { name, image: imageNames.app, args, ...fields };
}

/** HTTP, gRPC and a server that speaks first, ready when HTTP answers. */
export function webContainer(args: readonly string[] = [], fields: object = {}) {
  const ports = [`--http=:${httpPort}`, `--grpc=:${grpcPort}`, `--greeter=:${greeterPort}`];
  return appContainer('web', ['serve', ...ports, ...args], {
    ports: [{ name: 'http', containerPort: httpPort }, { containerPort: grpcPort }],
    readinessProbe: { httpGet: { path: '/', port: httpPort }, periodSeconds: 1 },
    ...fields,
  });
}

/** A client that waits to be told what to do, by `kubectl exec`. */
export const clientContainer = appContainer('client', ['serve']);

export function deployment(namespace: string, name: string, parts: WorkloadParts = {}): Manifest {
  return workload('Deployment', namespace, name, { spec: { containers: [webContainer()] }, ...parts });
}

/** A Service for the pods with label app=NAME. Names of ports are their numbers. */
export function service(
  namespace: string,
  name: string,
  ports: readonly { readonly port: number; readonly targetPort: number }[],
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: ports.map((one) => ({ ...one, name: `p${one.port}` })) },
  };
}

/** Applies a Service and returns the address that it got. */
export async function createService(cp: ControlPlane, manifest: Manifest): Promise<string> {
  await applyManifests(cp, [manifest]);
  const { namespace = '', name = '' } = manifest.metadata;
  const { body } = await cp.get(`/api/v1/namespaces/${namespace}/services/${name}`);
  return (JSON.parse(body) as { spec: { clusterIP: string } }).spec.clusterIP;
}
