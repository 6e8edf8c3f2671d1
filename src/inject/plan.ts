/** From settings to a plan: everything that the pod is to get, or every problem that makes it impossible. */
import type { Container, EnvVar, Namespace, Pod } from '../kubernetes.types.ts';
import { manyProblems, problem, warning, type Problem, type Warning } from '../messages.ts';
import type { Plan, ProxyPorts } from '../proxy/backend.ts';
import type { Setting, Settings } from '../settings/read.ts';
import { mergeEnv } from '../settings/values/env.ts';
import { isIpv6Subnet } from '../settings/values/scalars.ts';
import type { InjectContext } from './context.ts';
import { allContainers } from './decide.ts';
import { chooseInitImage, chooseProxyImage } from './images.ts';
import { withoutLockedAmounts } from './locked.ts';
import type { Manifest } from './manifest.ts';
import { declaredPorts, podPorts, portsOutOfBounds, tcpPorts, unknownPortNames } from './ports.ts';
import { planProbes } from './probe-plan.ts';
import { keepForeignResources, planResources, type PlannedResources } from './resources.ts';
import type { TcpProbe } from './tcp-probes.ts';

/** What a pod that comes back carries of ours: the containers as others left them, and what we wrote. */
export interface Previous {
  readonly manifest: Manifest;
  readonly init: Container | undefined;
  readonly proxy: Container | undefined;
}

export interface Planned {
  readonly plan: Plan;
  /** Those that are rewritten. */
  readonly probes: readonly TcpProbe[];
  /** For the pod's `proxy-version` annotation. */
  readonly proxyVersion: string;
  /** The resources that our settings ask for, before what others have set on the containers. */
  readonly wanted: Pick<PlannedResources, 'init' | 'proxy'>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

/**
 * @param pod the pod as it was before Outrigger first touched it
 * @param previous what it carries of ours, or null
 */
export function makePlan(
  pod: Pod,
  settings: Settings,
  context: InjectContext,
  previous: Previous | null,
): Planned {
  const wanted = planResources(pod, settings, context.backend.leastMemoryBytes);
  const proxyImage = chooseProxyImage(settings, (image) => context.backend.acceptsImage(image));
  const subnets = settings['skip-subnets'].value ?? [];
  const withoutChecks = assemblePlan(pod, settings, context, proxyImage.image, {
    init: keepForeignResources(wanted.init, previous?.init?.resources, previous?.manifest.init ?? {}),
    proxy: keepForeignResources(
      wanted.proxy,
      withoutLockedAmounts(previous?.proxy?.resources, context.installation.locked),
      previous?.manifest.proxy ?? {},
    ),
  });
  const { probes, tcpChecks, warnings } = planProbes(
    pod,
    withoutChecks,
    context.keepsProbes === true,
    previous?.proxy && previous.manifest.probes,
  );
  const plan = { ...withoutChecks, proxy: { ...withoutChecks.proxy, tcpChecks } };
  const backendFindings = context.backend.check(plan);
  return {
    plan,
    probes,
    proxyVersion: proxyImage.version,
    wanted,
    problems: [
      ...portsOutOfBounds(pod),
      ...unknownPortNames(pod, settings),
      ...portProblems(pod, plan.ports),
      ...uidProblems(pod, plan.uid),
      ...wanted.problems,
      ...installationProblems(settings, context),
      ...backendFindings.problems,
    ],
    warnings: [
      ...proxyImage.warnings,
      ...wanted.warnings,
      ...(subnets.some(isIpv6Subnet) ? [ipv6SubnetWarning(settings['skip-subnets'])] : []),
      ...backendFindings.warnings,
      ...warnings,
    ],
  };
}

function assemblePlan(
  pod: Pod,
  settings: Settings,
  context: InjectContext,
  proxyImage: string,
  resources: Pick<PlannedResources, 'init' | 'proxy'>,
): Plan {
  const { config } = context.installation;
  const ports = {
    inbound: settled(settings['inbound-port']),
    outbound: settled(settings['outbound-port']),
    admin: settled(settings['admin-port']),
    control: settled(settings['control-port']),
  };
  const { skipInbound, skipOutbound, opaque } = podPorts(pod, settings, ports);
  const closeWaitMs = settings['close-wait-timeout'].value;
  const native = settled(settings['proxy-enable-native-sidecar']);
  return {
    version: context.version,
    backend: context.backend.name,
    placement: (native === 'auto' ? context.cluster.nativeSidecars : native) ? 'native' : 'classic',
    ports,
    uid: Number(settled(settings['proxy-uid'])),
    gid: groupOf(settings['proxy-gid']),
    imagePullPolicy: settled(settings['image-pull-policy']),
    ipv6: context.cluster.ipv6,
    init: {
      image: chooseInitImage(settings),
      runAsRoot: config.init.runAsRoot,
      iptablesMode: config.init.iptablesMode,
      skipInbound,
      skipOutbound,
      skipSubnets: settled(settings['skip-subnets']).filter((subnet) => !isIpv6Subnet(subnet)),
      ...(closeWaitMs !== null && { closeWaitSeconds: Math.ceil(closeWaitMs / 1000) }),
      resources: resources.init,
    },
    proxy: {
      image: proxyImage,
      opaque,
      declaredPorts: declaredPorts(pod),
      tcpChecks: [],
      logLevel: settled(settings['proxy-log-level']),
      logFormat: settled(settings['proxy-log-format']),
      accessLog: settled(settings['access-log']),
      connectTimeoutMs: {
        inbound: settled(settings['proxy-inbound-connect-timeout']),
        outbound: settled(settings['proxy-outbound-connect-timeout']),
      },
      detectTimeoutMs: {
        inbound: detectTimeout(settings, 'inbound'),
        outbound: detectTimeout(settings, 'outbound'),
      },
      upgrades: config.envoy.upgrades,
      await: settled(settings['proxy-await']) === 'enabled',
      waitBeforeExitSeconds: settled(settings['proxy-wait-before-exit-seconds']),
      env: mergeEnv(envLayers(settings['proxy-additional-env'])),
      resources: resources.proxy,
    },
  };
}

/** The value of a setting whose row has a default, so that it always has one. */
function settled<T>({ value, key }: Setting<T>): T {
  if (value === null) throw new TypeError(`the setting ${key} has no value and no default`);
  return value;
}

function groupOf(setting: Setting<number | 'default'>): number {
  const value = settled(setting);
  return value === 'default' && setting.overrides ? groupOf(setting.overrides) : Number(value);
}

function detectTimeout(settings: Settings, direction: 'inbound' | 'outbound'): number | null {
  const forEver = settled(settings[`proxy-disable-${direction}-protocol-detect-timeout`]);
  return forEver ? null : settled(settings['detect-timeout']);
}

/** The lists of all places, the weakest first. */
function envLayers(setting: Setting<readonly EnvVar[]> | null): (readonly EnvVar[])[] {
  if (setting === null) return [];
  return [...envLayers(setting.overrides), setting.value ?? []];
}

function portProblems(pod: Pod, ports: ProxyPorts): Problem[] {
  const own = Object.entries(ports).map(([name, port]) => ({ setting: `${name}-port`, port: Number(port) }));
  const equal = own.flatMap(({ setting: first, port }, index) =>
    own
      .slice(index + 1)
      .filter((other) => other.port === port)
      .map(({ setting: second }) => problem('proxy_ports_equal', { first, second, port })),
  );
  const clashes = allContainers(pod)
    .values()
    .flatMap((container) => tcpPorts(container).map(({ containerPort: port }) => ({ container, port })))
    .flatMap(({ container: { name }, port }) =>
      own
        .filter((candidate) => candidate.port === port)
        .map(({ setting }) => ({ container: name, port, setting })),
    );
  return [...equal, ...manyProblems(clashes, (details) => problem('port_clash', details))];
}

/** A plain init container may run as the proxy's user: a known way to reach the network before the proxy does. */
function uidProblems(pod: Pod, uid: number): Problem[] {
  const podUser = pod.spec?.securityContext?.runAsUser;
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const clashing = [...sidecars, ...(pod.spec?.containers ?? [])]
    .values()
    .filter(({ securityContext }) => (securityContext?.runAsUser ?? podUser) === uid);
  return manyProblems(clashing, ({ name }) => problem('uid_clash', { container: name, uid }));
}

function installationProblems(settings: Settings, context: InjectContext): Problem[] {
  const subnets = settings['skip-subnets'];
  const closeWait = settings['close-wait-timeout'];
  return [
    ...(context.cluster.ipv6 && (subnets.value ?? []).length > 0
      ? [problem('subnets_with_ipv6', subnets)]
      : []),
    ...(closeWait.value !== null && !context.installation.config.init.runAsRoot
      ? [problem('close_wait_needs_root', closeWait)]
      : []),
  ];
}

function ipv6SubnetWarning({ place, key }: Setting<unknown>): Warning {
  const why = 'IPv6 subnets cannot be skipped, and IPv6 traffic is not redirected here anyway';
  return warning('setting_without_effect', { place, key, why });
}

/** Warns where the namespace refuses every pod with our init container; the pod is changed all the same. */
export function podSecurityWarnings(namespace: Namespace | null): Warning[] {
  const level = namespace?.labels['pod-security.kubernetes.io/enforce'];
  if (namespace === null || (level !== 'baseline' && level !== 'restricted')) return [];
  return [warning('pod_security', { namespace: namespace.name, level })];
}
