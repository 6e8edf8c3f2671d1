import { join } from 'node:path';
import { startChild, type Child } from '../process/child.ts';
import { tokenKeyFile } from './api-server.ts';

/** What makes pods, what pods need to be admitted, and what removes them: starting all 40 takes seconds more. */
const controllers = [
  'clusterrole-aggregation-controller',
  'cronjob-controller',
  'daemonset-controller',
  'deployment-controller',
  'disruption-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'job-controller',
  'namespace-controller',
  'replicaset-controller',
  'replicationcontroller-controller',
  'resourcequota-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'statefulset-controller',
];

export interface ControllerManagerOptions {
  readonly command: string;
  readonly dir: string;
  readonly kubeconfig: string;
  /** Flags added at the end; the last of a kind wins. */
  readonly extraArgs: readonly string[];
}

/** Starts kube-controller-manager. It opens no port, so there is nothing of its own to wait for. */
export function startControllerManager(options: ControllerManagerOptions): Child {
  const { command, dir, kubeconfig, extraArgs } = options;
  return startChild({
    name: 'kube-controller-manager',
    command,
    home: dir,
    logFile: join(dir, 'kube-controller-manager.log'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${controllers.join(',')}`,
      `--service-account-private-key-file=${join(dir, tokenKeyFile)}`,
      `--root-ca-file=${join(dir, 'ca.crt')}`,
      '--leader-elect=false',
      '--secure-port=0',
      // The default rates hold the first lists back for 4 to 5 s.
      '--kube-api-qps=1000',
      '--kube-api-burst=1000',
      ...extraArgs,
    ],
  });
}
