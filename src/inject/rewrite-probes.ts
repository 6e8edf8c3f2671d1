/**
 * Rewriting tcpSocket probes and giving them back. Only the handler is replaced: period, thresholds and all else
 * stay the author's. By structural sharing, as everywhere: a container without such a probe is the same object.
 */
import type { Container, PodSpec, Probe } from '../kubernetes.types.ts';
import { tcpCheckPath } from '../proxy/tcp-check.ts';
import type { Manifest } from './manifest.ts';
import { probeFields, soleTcpSocket, type ProbeField, type TcpProbe } from './tcp-probes.ts';

export type WrittenProbes = NonNullable<Manifest['probes']>;

/** For the manifest; undefined where nothing is rewritten. */
export function writtenProbes(probes: readonly TcpProbe[], adminPort: number): WrittenProbes | undefined {
  if (probes.length === 0) return undefined;
  return {
    admin: adminPort,
    tcp: probes.map(({ container, field, port, name }) =>
      name === undefined ? [container, field, port] : [container, field, port, name],
    ),
  };
}

/** Asks the proxy instead of the port. */
export function rewriteProbes(spec: PodSpec, written: WrittenProbes | undefined): PodSpec {
  return mapProbes(spec, written, (probe, [, , port, name]) => {
    if (soleTcpSocket(probe)?.port !== (name ?? port)) return undefined;
    const { tcpSocket: _, ...rest } = probe;
    return { ...rest, httpGet: { path: tcpCheckPath(port), port: written?.admin } };
  });
}

/** Gives back what the manifest says; a probe that somebody has changed since stays as it is. */
export function restoreProbes(spec: PodSpec, written: WrittenProbes | undefined): PodSpec {
  return mapProbes(spec, written, (probe, [, , port, name]) => {
    if (!isOurs(probe, port, written?.admin)) return undefined;
    const { httpGet: _, ...rest } = probe;
    return { ...rest, tcpSocket: { port: name ?? port } };
  });
}

/** What we wrote, or what the API server makes of it: it adds `scheme: HTTP`. */
function isOurs({ httpGet, tcpSocket }: Probe, port: number, adminPort: number | undefined): boolean {
  const ours: Readonly<Record<string, unknown>> = {
    path: tcpCheckPath(port),
    port: adminPort,
    scheme: 'HTTP',
  };
  const fields = Object.entries(httpGet ?? {});
  return (
    tcpSocket === undefined &&
    httpGet?.path !== undefined &&
    httpGet.port !== undefined &&
    fields.every(([field, value]) => Object.hasOwn(ours, field) && ours[field] === value)
  );
}

type WrittenProbe = WrittenProbes['tcp'][number];
type ProbeChange = (probe: Probe, written: WrittenProbe) => Probe | undefined;

/** Changes the probes that are named; a change that gives nothing leaves its probe alone. */
function mapProbes(spec: PodSpec, written: WrittenProbes | undefined, change: ProbeChange): PodSpec {
  if (written === undefined) return spec;
  const named = Map.groupBy(written.tcp, ([container, field]) => placeOf(container, field));
  const changeContainer = (container: Container): Container => {
    const changed = probeFields.flatMap((field) => {
      const probe = container[field];
      const [first] = (named.get(placeOf(container.name, field)) ?? []).flatMap(
        (entry) => (probe && change(probe, entry)) ?? [],
      );
      return first === undefined ? [] : [[field, first] as const];
    });
    return changed.length === 0 ? container : { ...container, ...Object.fromEntries(changed) };
  };
  const { initContainers, containers } = spec;
  return {
    ...spec,
    ...(initContainers && { initContainers: mapShared(initContainers, changeContainer) }),
    ...(containers && { containers: mapShared(containers, changeContainer) }),
  };
}

function placeOf(container: string, field: ProbeField): string {
  return `${field} ${container}`;
}

/** The same list where nothing in it changes. */
function mapShared<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}
