/**
 * A pod without everything that its injection does not depend on: its name, images, most of its annotations, the
 * random name of its token volume. Copies of a template have the same view, whatever it is that makes them
 * different, and a patch that is made for the view fits them all, since lists are only ever prepended to and of
 * what is in them only handlers of probes are changed, which the view has.
 */
import type { Container, Pod, PodSpec, ProbeHandler, StringMap, Volume } from '../kubernetes.types.ts';
import { portOfTcpCheck } from '../proxy/tcp-check.ts';
import type { Keys } from '../settings/keys.ts';
import { defaultContainerAnnotation } from './names.ts';

/** @param pod without any injection of ours */
export function viewOf(pod: Pod, keys: Keys): Pod {
  const { metadata, spec } = pod;
  return {
    metadata: metadata && {
      name: isEmpty(metadata) ? undefined : something,
      annotations: annotationsView(metadata.annotations, keys),
    },
    spec: spec && specView(spec),
  };
}

/** Stands for all that is left out, where what counts is whether there is any. */
const something = '…';

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

const otherAnnotations = { [something]: '' };

function annotationsView(
  annotations: StringMap | null | undefined,
  keys: Keys,
): StringMap | null | undefined {
  if (!annotations) return annotations;
  const view: Record<string, string> = {};
  let others: StringMap = {};
  for (const [key, text] of Object.entries(annotations)) {
    const counts =
      key === defaultContainerAnnotation ||
      key === keys.createdBy ||
      key === keys.proxyVersion ||
      keys.isConfig(key);
    if (counts) view[key] = text;
    else others = otherAnnotations;
  }
  return { ...view, ...others };
}

function specView(spec: PodSpec): PodSpec {
  const { initContainers, containers, imagePullSecrets, resources } = spec;
  return {
    os: isEmpty(spec) ? undefined : { name: something },
    initContainers: initContainers && initContainers.map(containerView),
    containers: containers && containers.map(containerView),
    volumes: volumesView(spec.volumes),
    imagePullSecrets: imagePullSecrets && imagePullSecrets.map(({ name }) => ({ name })),
    resources: resourcesView(resources),
    securityContext: spec.securityContext && { runAsUser: spec.securityContext.runAsUser },
  };
}

const otherVolumes: readonly Volume[] = [{ name: something }];

function volumesView(volumes: PodSpec['volumes']): PodSpec['volumes'] {
  return volumes && volumes.length > 0 ? otherVolumes : volumes;
}

function containerView(container: Container): Container {
  const { name, ports, restartPolicy, securityContext } = container;
  return {
    name,
    ports: ports && ports.map(({ name, containerPort, protocol }) => ({ name, containerPort, protocol })),
    resources: resourcesView(container.resources),
    restartPolicy,
    readinessProbe: probeView(container.readinessProbe),
    livenessProbe: probeView(container.livenessProbe),
    startupProbe: probeView(container.startupProbe),
    securityContext: securityContext && { runAsUser: securityContext.runAsUser },
  };
}

function resourcesView(resources: Container['resources']): Container['resources'] {
  return resources && { requests: resources.requests, limits: resources.limits };
}

/** The ports that it probes, and of a probe that may be rewritten all that its rewriting depends on. */
function probeView(probe: Container['readinessProbe']): Container['readinessProbe'] {
  if (!probe) return undefined;
  const { httpGet, tcpSocket, grpc, exec, periodSeconds, timeoutSeconds } = probe;
  const asked = portOfTcpCheck(httpGet?.path);
  const isAsking = tcpSocket || asked !== undefined;
  return {
    httpGet: httpGet && { port: httpGet.port, ...(asked !== undefined && { path: httpGet.path }) },
    tcpSocket: tcpSocket && handlerView(tcpSocket),
    grpc: grpc && { port: grpc.port },
    exec: exec === undefined ? undefined : null,
    ...(isAsking && { periodSeconds, timeoutSeconds }),
  };
}

/** Whether a handler says more than the port decides about its rewriting, and what it says does not. */
function handlerView(handler: ProbeHandler): ProbeHandler {
  const { port, ...others } = handler;
  return isEmpty(others) ? handler : { port, [something]: true };
}
