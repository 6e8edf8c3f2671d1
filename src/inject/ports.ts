/** The port sets of a pod: names resolved, what lists inherit, and what is always added. */
import type { Container, ContainerPort, Pod } from '../kubernetes.types.ts';
import { manyProblems, problem, type Problem } from '../messages.ts';
import type { ProxyPorts } from '../proxy/backend.ts';
import { ofInstallation, type Setting, type Settings } from '../settings/read.ts';
import {
  missingNames,
  portsOf,
  resolvePortList,
  type NamedPorts,
  type PortList,
} from '../settings/values/port-list.ts';
import { isPort, maxPort, singlePorts, subtract, union, type PortSet } from '../settings/values/port-set.ts';
import { allContainers } from './decide.ts';
import { probeFields } from './tcp-probes.ts';

export interface PodPorts {
  readonly skipInbound: PortSet;
  readonly skipOutbound: PortSet;
  readonly opaque: { readonly inbound: PortSet; readonly outbound: PortSet };
}

const noNames: NamedPorts = new Map();

/** @param pod the pod's own containers only */
export function podPorts(pod: Pod, settings: Settings, own: ProxyPorts): PodPorts {
  const named = namedPorts(pod);
  const ownPorts = singlePorts([own.inbound, own.outbound, own.admin, own.control]);
  return {
    skipInbound: union(resolve(settings['skip-inbound-ports'], named), ownPorts),
    skipOutbound: resolve(settings['skip-outbound-ports'], noNames),
    opaque: {
      inbound: resolve(settings['opaque-ports'], named),
      outbound: resolveOutboundOpaque(settings['opaque-ports'], named),
    },
  };
}

/** What a setting's list means, `default` being what it overrides. */
function resolve(setting: Setting<PortList> | null, named: NamedPorts): PortSet {
  if (!setting?.value) return [];
  return portsOf(setting.value, resolve(setting.overrides, named), named);
}

/**
 * On the way out a list adds to the installation's default, since a server's list must not cost the same pod's
 * own MySQL client its opaque port; `!p` takes a port out all the same.
 */
function resolveOutboundOpaque(setting: Setting<PortList>, named: NamedPorts): PortSet {
  const { value, overrides, place } = setting;
  if (value === null || overrides === null || (place !== 'pod' && place !== 'namespace'))
    return resolve(setting, named);
  const inherited = resolveOutboundOpaque(overrides, named);
  const refersToInherited = value.items.some(({ kind }) => kind === 'default');
  const base = refersToInherited ? inherited : resolve(ofInstallation(setting), named);
  const { plain, negated } = resolvePortList(value, inherited, named);
  return subtract(union(base, plain), negated);
}

/** TCP ports of all containers by name. The name of a port out of bounds is known, and stands for nothing. */
export function namedPorts(pod: Pod): NamedPorts {
  const named = new Map<string, Set<number>>();
  for (const { name, containerPort } of allContainers(pod).flatMap(declaredTcpPorts)) {
    if (!name) continue;
    const ports = named.get(name) ?? new Set();
    named.set(name, isPort(containerPort) ? ports.add(containerPort) : ports);
  }
  return new Map([...named].map(([name, ports]) => [name, [...ports]]));
}

/** The TCP ports of a container that Kubernetes takes (see `portsOutOfBounds` for the others). */
export function tcpPorts(container: Container): ContainerPort[] {
  return declaredTcpPorts(container).filter(({ containerPort }) => isPort(containerPort));
}

function declaredTcpPorts(container: Container): ContainerPort[] {
  return (container.ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
}

/** A problem for each port that the API server would refuse: nothing can be computed from it. */
export function portsOutOfBounds(pod: Pod): Problem[] {
  return manyProblems(
    allContainers(pod)
      .values()
      .flatMap(({ name: container, ports }) =>
        (ports ?? []).values().map(({ containerPort: port }) => ({ container, port })),
      )
      .filter(({ port }) => !isPort(port)),
    (details) => problem('port_out_of_bounds', { ...details, most: maxPort }),
  );
}

/**
 * TCP ports that the pod's containers declare or are probed on, sorted.
 * @param pod with its own probes, none of them rewritten
 */
export function declaredPorts(pod: Pod): number[] {
  const containers = allContainers(pod);
  const ports = [
    ...containers.flatMap(tcpPorts).map(({ containerPort }) => containerPort),
    ...containers.flatMap(probedPorts),
  ];
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

/** Ports given by number in the probes; one given by name is a declared port already. */
function probedPorts(container: Container): number[] {
  return probeFields.flatMap((field) => {
    const { httpGet, tcpSocket, grpc } = container[field] ?? {};
    return [httpGet, tcpSocket, grpc].flatMap((handler) => {
      const port = handler?.port;
      return isPort(port) ? [port] : [];
    });
  });
}

/** Names in the pod's own lists that none of its containers has. On a namespace such a name selects nothing. */
export function unknownPortNames(pod: Pod, settings: Settings): Problem[] {
  const named = namedPorts(pod);
  return (['skip-inbound-ports', 'opaque-ports'] as const).flatMap((key) => {
    const { value, place, key: annotation } = settings[key];
    if (place !== 'pod' || value === null) return [];
    const known = [...named.keys()];
    return manyProblems(missingNames(value, named).values(), (name) =>
      problem('unknown_port_name', { place, key: annotation, name, known }),
    );
  });
}
