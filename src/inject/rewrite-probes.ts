/**
 * Rewriting tcpSocket probes and giving them back. Only the handler is replaced: period, thresholds and all else
 * stay the author's. By structural sharing, as everywhere: a container without such a probe is the same object.
 */
import type { Container, PodSpec, Probe } from '../kubernetes.types.ts';
import { portOfTcpCheck, tcpCheckPath } from '../proxy/tcp-check.ts';
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
  if (written === undefined) return spec;
  const listed = indexed(written.tcp, ([, , port, name]) => name ?? port);
  return mapProbes(spec, (probe, placed) => {
    const asked = soleTcpSocket(probe)?.port;
    const [, , port] = (asked && listed.get(placed(asked))) || [];
    if (port === undefined) return probe;
    const { tcpSocket: _, ...rest } = probe;
    return { ...rest, httpGet: { path: tcpCheckPath(port), port: written.admin } };
  });
}

/** Gives back what the manifest says; a probe that somebody has changed since stays as it is. */
export function restoreProbes(spec: PodSpec, written: WrittenProbes | undefined): PodSpec {
  if (written === undefined) return spec;
  const listed = indexed(written.tcp, ([, , port]) => port);
  return mapProbes(spec, (probe, placed) => {
    const asked = askedPort(probe, written.admin);
    const [, , port, name] = (asked && listed.get(placed(asked))) || [];
    if (port === undefined) return probe;
    const { httpGet: _, ...rest } = probe;
    return { ...rest, tcpSocket: { port: name ?? port } };
  });
}

/** The port that a probe of ours asks about, as we wrote it or as the API server completes it (`scheme: HTTP`). */
function askedPort({ httpGet, tcpSocket }: Probe, adminPort: number): number | undefined {
  const { path, port, scheme = 'HTTP', ...others } = httpGet ?? {};
  const isOurs =
    tcpSocket === undefined && port === adminPort && scheme === 'HTTP' && Object.keys(others).length === 0;
  return isOurs ? portOfTcpCheck(path) : undefined;
}

type WrittenProbe = WrittenProbes['tcp'][number];

/** By place and port; of two entries for one probe the first counts. */
function indexed(
  written: readonly WrittenProbe[],
  portOf: (entry: WrittenProbe) => number | string,
): ReadonlyMap<string, WrittenProbe> {
  return new Map(
    written.map((entry) => [placeOf(entry[0], entry[1], portOf(entry)), entry] as const).toReversed(),
  );
}

/** @param placed the place of a port of this probe, as `placeOf` writes it */
type ProbeChange = (probe: Probe, placed: (port: number | string) => string) => Probe;

/** Changes probes; a change that gives the probe back leaves its container alone. */
function mapProbes(spec: PodSpec, change: ProbeChange): PodSpec {
  const changeContainer = (container: Container): Container => {
    const changed = probeFields.flatMap((field) => {
      const probe = container[field];
      const after = probe && change(probe, (port) => placeOf(container.name, field, port));
      return after === probe ? [] : [[field, after] as const];
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

/** A probe and the port that it asks about, as one text. */
export function placeOf(container: string, field: ProbeField, port: number | string): string {
  return `${field} ${JSON.stringify(port)} ${container}`;
}

/** The same list where nothing in it changes. */
function mapShared<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}
