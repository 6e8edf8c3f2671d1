import type { Keep, Plan } from '../backend.ts';
import type { LogLevel } from '../../settings/values/log-level.ts';
import { parseQuantity } from '../../settings/values/quantity.ts';
import { bootstrap } from './bootstrap.ts';
import type { ConfigurationPlan } from './configuration-plan.ts';
import { printFlowYaml } from './flow-yaml.ts';
import { isDeclared } from './metrics.ts';
import { podIpReference } from './tcp-checks.ts';

/** @see https://www.envoyproxy.io/docs/envoy/v1.40.0/operations/cli */
export function envoyArguments(plan: Plan, keep: Keep): readonly string[] {
  const { logLevel, resources } = plan.proxy;
  return [
    '--config-yaml',
    configurationText(plan, keep),
    '--concurrency',
    `${workerThreads(resources.limits?.['cpu'])}`,
    '--disable-hot-restart',
    // A drain is for clients that hold connections: all of them at once, as the pod has only so long.
    '--drain-time-s',
    '3',
    '--drain-strategy',
    'immediate',
    '--log-level',
    envoyLogLevels[logLevel],
    // At `warn` they say at each start which of our fields are new in Envoy, and that it has no connection limit.
    '--component-log-level',
    logLevel === 'warn' ? 'misc:error,main:error' : 'misc:error',
  ];
}

/**
 * Envoy's configuration. Printing it takes longer than all the rest of a review, and the ports that a pod declares,
 * which differ most between pods, stand in one list: it is kept with another list, and theirs put in place of that.
 */
function configurationText({ ports, ipv6, proxy }: Plan, keep: Keep): string {
  const { image: _, env: _env, await: _await, waitBeforeExitSeconds: _wait, ...configured } = proxy;
  const { declaredPorts } = proxy;
  if (declaredPorts.length === 0) return kept({ ports, ipv6, proxy: configured }, keep);
  const text = kept({ ports, ipv6, proxy: { ...configured, declaredPorts: noPorts } }, keep);
  return text.replaceAll(isDeclared(noPorts), isDeclared(declaredPorts));
}

/** No pod can declare it. */
const noPorts = [0];

function kept(plan: ConfigurationPlan, keep: Keep): string {
  return keep(JSON.stringify(plan), () => escapeForKubelet(printFlowYaml(bootstrap(plan))));
}

/** One per core of the limit, at most four: a sidecar is no gateway. */
function workerThreads(cpuLimit: string | number | undefined): number {
  const cores = cpuLimit === undefined ? undefined : parseQuantity(String(cpuLimit));
  return cores === undefined ? 2 : Math.min(4, Math.max(1, Math.ceil(cores)));
}

const envoyLogLevels: Readonly<Record<LogLevel, string>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
  off: 'off',
};

/**
 * The kubelet expands `$(NAME)` in arguments, and `$$` is how a dollar is written: every one is doubled, as
 * `$$(` would otherwise become a variable. Only the reference to the pod's address is meant to be one.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ (args)
 */
function escapeForKubelet(argument: string): string {
  return argument
    .split(podIpReference)
    .map((text) => text.replaceAll('$', '$$$$'))
    .join(podIpReference);
}
