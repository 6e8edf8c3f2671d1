/**
 * The one thing that is used of `@kubernetes/client-node`, in a module of its own: imported only where a cluster
 * is, and in the bundle without the generated API around it (60 MiB of memory).
 */
export { KubeConfig } from '@kubernetes/client-node';
