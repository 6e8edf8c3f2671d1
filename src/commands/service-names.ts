/** By which names the API server, and others in the cluster, may call a Service; the API server's comes first. */
export function serviceNames(service: string, namespace: string): readonly [string, ...string[]] {
  const name = `${service}.${namespace}`;
  return [`${name}.svc`, name, `${name}.svc.cluster.local`];
}
