/**
 * Where the API server is and who we are to it. The Kubernetes client does this part: it knows kubeconfig's forms,
 * exec plugins and the service account's files. It is imported only here, and only when a cluster is needed,
 * because its import takes 0.6 s.
 */
import { access } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { KubernetesError, messageOf } from './error.ts';

/** Mounted into every pod that has a service account: Kubernetes' own sign of being in a cluster. */
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export interface ApiServer {
  /** Without a slash at the end; may have a path (Rancher, proxies). */
  readonly url: string;
  /** TLS options and headers of this moment: tokens and certificates change while we run. */
  authenticate(): Promise<RequestOptions>;
}

/** @param path of a kubeconfig; without it the pod's service account, then kubectl's defaults */
export async function findApiServer(path?: string): Promise<ApiServer> {
  const config = await loadKubeConfig(path);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new KubernetesError(
      'configuration',
      `kubeconfig${quote(path)} has no cluster for its current context`,
    );
  const url = cluster.server.replace(/\/+$/u, '');
  if (!URL.canParse(url))
    throw new KubernetesError('configuration', `kubeconfig${quote(path)}: "${url}" is not a URL`);
  // As kubectl does: over plain HTTP (kubectl proxy) no credentials are sent, anyone on the way could read them.
  if (url.startsWith('http:')) return { url, authenticate: () => Promise.resolve({}) };
  const hasProxy = cluster.proxyUrl !== undefined;
  return { url, authenticate: () => authenticate(config, hasProxy) };
}

async function loadKubeConfig(path: string | undefined): Promise<KubeConfig> {
  const { KubeConfig } = await import('./kube-config.ts');
  const config = new KubeConfig();
  try {
    if (path !== undefined) config.loadFromFile(path);
    else if (await isReadable(tokenPath)) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (error) {
    throw new KubernetesError('configuration', `cannot read kubeconfig${quote(path)}: ${loadErrorOf(error)}`);
  }
  // The name that the library gives to its last resort, http://localhost:8080, which helps nobody.
  if (config.getCurrentContext() === 'loaded-context')
    throw new KubernetesError('configuration', 'no cluster: no kubeconfig found and not running in a pod');
  return config;
}

async function authenticate(config: KubeConfig, keepsAgent: boolean): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    // A plugin's output that is not JSON is quoted by the parser, and may be a token.
    const why = error instanceof SyntaxError ? 'its output is not JSON' : messageOf(error);
    throw new KubernetesError('credentials', `cannot get credentials for the cluster: ${why}`);
  }
  // The library's agent is kept only where it leads through a proxy: it keeps no connection open.
  if (!keepsAgent) delete options.agent;
  return options;
}

/** The YAML parser's message quotes the lines around a mistake, which may hold a token: its reason does not. */
function loadErrorOf(error: unknown): string {
  if (error instanceof Error && 'reason' in error && 'mark' in error) {
    const line = (error.mark as { line?: number } | undefined)?.line;
    return `${String(error.reason)}${line === undefined ? '' : ` in line ${line + 1}`}`;
  }
  return messageOf(error);
}

function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const quote = (path: string | undefined): string => (path === undefined ? '' : ` ${path}`);
