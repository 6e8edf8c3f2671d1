/** Where each part of a port set comes from: the items of the lists, down through what `default` stands for. */
import { namedPorts } from '../../inject/ports.ts';
import type { Pod } from '../../kubernetes.types.ts';
import type { Plan } from '../../proxy/backend.ts';
import { ofInstallation, type Setting, type Settings } from '../../settings/read.ts';
import type { NamedPorts, PortList } from '../../settings/values/port-list.ts';
import { allPorts, formatPorts, singlePorts, type PortSet } from '../../settings/values/port-set.ts';
import { placeWord } from './places.ts';

export interface PortPart {
  /** An item as text: `4406`, `8000-8080`, `http (8080)`, `!3306`. */
  readonly item: string;
  readonly origin: string;
}

export interface ExplainedPorts {
  readonly title: string;
  readonly ports: PortSet;
  readonly parts: readonly PortPart[];
}

/** Neighbours of one origin are one part. */
function grouped(parts: readonly PortPart[]): PortPart[] {
  const groups: PortPart[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last?.origin === part.origin)
      groups[groups.length - 1] = { ...last, item: `${last.item}, ${part.item}` };
    else groups.push(part);
  }
  return groups;
}

/** The four sets of a pod, in the order in which a connection meets them. */
export function explainPorts(pod: Pod, settings: Settings, plan: Plan): ExplainedPorts[] {
  const named = namedPorts(pod);
  const { inbound, outbound, admin, control } = plan.ports;
  const own = {
    item: formatPorts(singlePorts([inbound, outbound, admin, control])),
    origin: "the proxy's own ports, always",
  };
  const skipInbound = settings['skip-inbound-ports'];
  const skipOutbound = settings['skip-outbound-ports'];
  const opaque = settings['opaque-ports'];
  const sets = [
    ['in, around the proxy', plan.init.skipInbound, [...partsOf(skipInbound, named), own]],
    ['in, as plain TCP', plan.proxy.opaque.inbound, partsOf(opaque, named)],
    ['out, around the proxy', plan.init.skipOutbound, partsOf(skipOutbound, named)],
    ['out, as plain TCP', plan.proxy.opaque.outbound, outboundParts(opaque, named)],
  ] as const;
  return sets.map(([title, ports, parts]) => ({ title, ports, parts: grouped(parts) }));
}

function partsOf(setting: Setting<PortList> | null, named: NamedPorts): PortPart[] {
  if (!setting?.value) return [];
  const origin = placeWord(setting);
  return setting.value.items.flatMap((item) => {
    const sign = item.negated ? '!' : '';
    switch (item.kind) {
      case 'default':
        return partsOf(setting.overrides, named).map((part) => ({ ...part, item: sign + part.item }));
      case 'name': {
        const ports = formatPorts(singlePorts(named.get(item.name) ?? []));
        return [{ item: `${sign}${item.name} (${ports === '' ? 'no such port' : ports})`, origin }];
      }
      case 'range': {
        const isAll = item.range[0] === allPorts[0]?.[0] && item.range[1] === allPorts[0][1];
        return [{ item: sign + (isAll ? '*' : formatPorts([item.range])), origin }];
      }
    }
  });
}

/** On the way out a list of pod or namespace adds to the installation's, whether it says `default` or not. */
function outboundParts(setting: Setting<PortList>, named: NamedPorts): PortPart[] {
  const isAnnotation = setting.place === 'pod' || setting.place === 'namespace';
  const saysDefault = setting.value?.items.some(({ kind }) => kind === 'default') ?? false;
  const base = isAnnotation && !saysDefault ? partsOf(ofInstallation(setting), named) : [];
  return [...base, ...partsOf(setting, named)];
}
