/**
 * Which tcpSocket probes are rewritten. Through the proxy such a probe always passes, since the proxy accepts
 * before it dials; so the proxy is asked instead, by httpGet on its admin port (see `proxy/tcp-check.ts`).
 *
 * | probe                                                            | becomes of it |
 * | ---------------------------------------------------------------- | ------------- |
 * | tcpSocket of a port by number, or by name in its own container   | rewritten |
 * | of a port that is skipped on the way in, or the proxy's own      | stays: there is no proxy in between |
 * | with a host, or with anything else besides the port              | stays: it dials somewhere else |
 * | of a name that its container has not, or of no port at all       | stays: the API server or the kubelet complains |
 * | with a second handler                                            | stays: the API server refuses it |
 * | of a sidecar among the init containers, proxy placed classically | stays: it starts before the proxy, which would wait for it |
 * | postStart or preStop                                             | stays: the kubelet runs no tcpSocket hook and fails it |
 *
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.35/#lifecyclehandler-v1-core
 */
import type { Container, ContainerPort, Pod, Probe, ProbeHandler } from '../kubernetes.types.ts';
import type { Plan } from '../proxy/backend.ts';
import { portOfTcpCheck } from '../proxy/tcp-check.ts';
import { includesPort, isPort } from '../settings/values/port-set.ts';

export const probeFields = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;

export type ProbeField = (typeof probeFields)[number];

/** A probe that asks, or is to ask, the proxy about a port. */
export interface AskingProbe {
  readonly field: ProbeField;
  readonly port: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
}

/** A tcpSocket probe that is to be rewritten. */
export interface TcpProbe extends AskingProbe {
  readonly container: string;
  /** Of the port, where the probe gives it by name. */
  readonly name?: string;
}

/** What of a plan says whether a probe meets the proxy. */
type Surroundings = Pick<Plan, 'placement' | 'ports'> & { readonly init: Pick<Plan['init'], 'skipInbound'> };

/** The tcpSocket probes of a pod that would always pass. */
export function tcpProbesOf(pod: Pod, plan: Surroundings): TcpProbe[] {
  return probesOf(pod, plan.placement).flatMap(({ container, field, probe }) => {
    const { port } = soleTcpSocket(probe) ?? {};
    const number = portNumber(port, container);
    if (number === undefined || includesPort(plan.init.skipInbound, number)) return [];
    const name = typeof port === 'string' ? { name: port } : {};
    return [{ container: container.name, ...asking(field, number, probe), ...name }];
  });
}

/** Probes that ask the proxy already: somebody has written them so. */
export function askingProbesOf(pod: Pod, { placement, ports }: Surroundings): AskingProbe[] {
  return probesOf(pod, placement).flatMap(({ field, probe: { httpGet }, probe }) => {
    const port = httpGet?.port === ports.admin ? portOfTcpCheck(httpGet.path) : undefined;
    return port === undefined ? [] : [asking(field, port, probe)];
  });
}

/** Kubernetes' int32, which JSON does not keep to. */
const mostSeconds = 2 ** 31 - 1;

function asking(field: ProbeField, port: number, probe: Probe): AskingProbe {
  return {
    field,
    port,
    periodSeconds: Math.min(probe.periodSeconds || 10, mostSeconds),
    timeoutSeconds: Math.min(probe.timeoutSeconds || 1, mostSeconds),
  };
}

interface Found {
  readonly container: Container;
  readonly field: ProbeField;
  readonly probe: Probe;
}

/** Of containers, and of sidecars among the init containers; others have none that the API server takes. */
function probesOf(pod: Pod, placement: Plan['placement']): Found[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(placement === 'native' ? sidecars : []), ...(pod.spec?.containers ?? [])].flatMap((container) =>
    probeFields.flatMap((field) => {
      const probe = container[field];
      return probe ? [{ container, field, probe }] : [];
    }),
  );
}

/** A probe's tcpSocket handler where it has no other and says nothing but the port. */
export function soleTcpSocket({ tcpSocket, httpGet, exec, grpc }: Probe): ProbeHandler | undefined {
  const isSole = httpGet === undefined && exec === undefined && grpc === undefined;
  return isSole && tcpSocket && Object.keys(tcpSocket).every((key) => key === 'port') ? tcpSocket : undefined;
}

/** Kubernetes' IANA_SVC_NAME. */
export const portName = /^[a-z0-9-]{1,15}$/u;

/**
 * As the kubelet resolves it: a name is that of the first such port of the container, whatever its protocol. A
 * number in quotes, which the kubelet would take, is refused by the API server.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/probe/util.go
 */
function portNumber(port: ProbeHandler['port'], { ports }: Container): number | undefined {
  const number = typeof port === 'string' ? named(port, ports ?? []) : port;
  return isPort(number) ? number : undefined;
}

function named(name: string, ports: readonly ContainerPort[]): number | undefined {
  return portName.test(name) ? ports.find((port) => port.name === name)?.containerPort : undefined;
}
