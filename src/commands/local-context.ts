/** The context of a command that works without a cluster: the installation's settings and a current Kubernetes. */
import type { InjectContext } from '../inject/context.ts';
import { createRenderer, type Renderer } from '../inject/render.ts';
import { envoy } from '../proxy/envoy/backend.ts';
import { builtInInstallation, type Installation } from '../settings/config-values.ts';
import { version } from './package.ts';

/**
 * Where only annotations are written nothing has to be rendered: whether a pod can be injected is known from its
 * plan, and a proxy's configuration takes longer than all the rest.
 */
export const renderNothing: Renderer = () => ({
  hash: '0'.repeat(16),
  init: { name: '' },
  proxy: { name: '' },
  volumes: [],
  problems: [],
});

/** @param config the file of `--config` */
export async function createLocalContext(
  config: string | undefined,
  render: Renderer = createRenderer(envoy),
): Promise<InjectContext> {
  const installation = config === undefined ? builtInInstallation(envoy.defaults) : await load(config);
  const { ipv6, nativeSidecars } = installation.config.cluster;
  return {
    origin: 'cli',
    version,
    installation,
    backend: envoy,
    render,
    cluster: { ipv6: ipv6 === true, nativeSidecars: nativeSidecars !== false },
  };
}

/** What checks a file takes longer to load than all the rest, and most runs are given none. */
async function load(config: string): Promise<Installation> {
  const { loadInstallation } = await import('./installation.ts');
  return loadInstallation(config, envoy);
}
