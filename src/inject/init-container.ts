import type { Container } from '../kubernetes.types.ts';
import type { Plan } from '../proxy/backend.ts';
import { formatPorts } from '../settings/values/port-set.ts';
import { tokenMountPath, volumeNames } from './names.ts';

/**
 * The container that writes the redirecting rules: Linkerd's proxy-init 2.4.
 * @see https://github.com/linkerd/linkerd2-proxy-init
 */
export function renderInitContainer(plan: Plan, name: string): Container {
  const { init } = plan;
  return {
    name,
    image: init.image,
    imagePullPolicy: plan.imagePullPolicy,
    args: initArgs(plan),
    resources: init.resources,
    securityContext: securityContext(init.runAsRoot),
    volumeMounts: [
      { name: volumeNames.run, mountPath: '/run' },
      { name: volumeNames.noToken, mountPath: tokenMountPath, readOnly: true },
    ],
  };
}

/** The group is never exempted: any process that runs with it would bypass the proxy. Empty values are left out. */
function initArgs({ ports, uid, ipv6, init }: Plan): string[] {
  const flags = [
    ['--incoming-proxy-port', `${ports.inbound}`],
    ['--outgoing-proxy-port', `${ports.outbound}`],
    ['--proxy-uid', `${uid}`],
    ['--inbound-ports-to-ignore', formatPorts(init.skipInbound)],
    ['--outbound-ports-to-ignore', formatPorts(init.skipOutbound)],
    ['--subnets-to-ignore', init.skipSubnets.join(',')],
    ['--timeout-close-wait-secs', init.closeWaitSeconds === undefined ? '' : `${init.closeWaitSeconds}`],
    ['--iptables-mode', init.iptablesMode],
  ] as const;
  const given = flags.filter(([, value]) => value !== '').flat();
  return ipv6 ? given : [...given, '--ipv6=false'];
}

/**
 * Non-root works because the image's binaries carry the two capabilities as file capabilities; they have to be
 * in the bounding set all the same, which is what `add` does. Writing a sysctl (close-wait) takes real root.
 */
function securityContext(runAsRoot: boolean): Container['securityContext'] {
  return {
    allowPrivilegeEscalation: runAsRoot,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
    privileged: runAsRoot,
    readOnlyRootFilesystem: true,
    runAsGroup: runAsRoot ? 0 : 65_534,
    runAsNonRoot: !runAsRoot,
    runAsUser: runAsRoot ? 0 : 65_534,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
