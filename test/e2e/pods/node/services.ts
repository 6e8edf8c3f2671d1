import { join } from 'node:path';
import { startChild, type Child } from '../../process/child.ts';
import { nodeName } from './kubelet.ts';
import type { Namespaces } from './namespaces.ts';

export interface ServiceOptions {
  readonly command: string;
  readonly dir: string;
  readonly kubeconfig: string;
}

/** Starts kube-proxy: Services for whoever is in the namespaces. It leaves the kernel's connection table alone. */
export function startKubeProxy(namespaces: Namespaces, { command, kubeconfig }: ServiceOptions): Child {
  return namespaces.start('kube-proxy', command, [
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${nodeName}`,
    '--proxy-mode=iptables',
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
    '--iptables-min-sync-period=100ms',
    '--oom-score-adj=0',
  ]);
}

/** Starts kube-scheduler, which needs nothing but the API server. */
export function startScheduler({ command, dir, kubeconfig }: ServiceOptions): Child {
  return startChild({
    name: 'kube-scheduler',
    command,
    home: dir,
    logFile: join(dir, 'kube-scheduler.log'),
    args: [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
  });
}
