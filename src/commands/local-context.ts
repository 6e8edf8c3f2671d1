/** The context of a command that works without a cluster: the installation's settings and a current Kubernetes. */
import type { InjectContext } from '../inject/context.ts';
import { createRenderer } from '../inject/render.ts';
import { envoy } from '../proxy/envoy/backend.ts';
import { loadInstallation } from './installation.ts';
import { version } from './package.ts';

/** @param config the file of `--config` */
export async function createLocalContext(config: string | undefined): Promise<InjectContext> {
  const installation = await loadInstallation(config, envoy);
  const { ipv6, nativeSidecars } = installation.config.cluster;
  return {
    origin: 'cli',
    version,
    installation,
    backend: envoy,
    render: createRenderer(envoy),
    cluster: { ipv6: ipv6 === true, nativeSidecars: nativeSidecars !== false },
  };
}
