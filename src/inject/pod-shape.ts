/**
 * The check that stands between JSON from outside and the type `Pod`: only the fields that Outrigger reads, each
 * of them nullable as in Kubernetes' own decoding.
 */
import type {
  Container,
  ContainerPort,
  NodeSelectorTerm,
  ObjectMeta,
  OwnerReference,
  Pod,
  PodSpec,
  Probe,
  ResourceRequirements,
  VolumeMount,
} from '../kubernetes.types.ts';
import {
  at,
  integer,
  listOf,
  mapOf,
  nullable,
  object,
  optional,
  type Raw,
  text,
  textOrInteger,
  textOrNumber,
  truth,
} from './shape.ts';

const maybeText = nullable(text);
const maybeTruth = nullable(truth);
const maybeInteger = nullable(integer);
const maybePort = nullable(textOrInteger);
const texts = nullable(mapOf(text));
const amounts = nullable(mapOf(textOrNumber));

const named = object((it: Raw<{ name: unknown }>) => at('name', it.name, text));
const listOfNamed = nullable(listOf(named));

const resources = nullable(
  object(
    (it: Raw<ResourceRequirements>) =>
      at('requests', it.requests, amounts) ?? at('limits', it.limits, amounts),
  ),
);
const securityContext = nullable(
  object((it: Raw<{ runAsUser: unknown }>) => at('runAsUser', it.runAsUser, maybeInteger)),
);

const handler = nullable(object((it: Raw<{ port: unknown }>) => at('port', it.port, maybePort)));
const httpGet = nullable(
  object(
    (it: Raw<{ path: unknown; port: unknown }>) =>
      at('path', it.path, maybeText) ?? at('port', it.port, maybePort),
  ),
);
const probe = nullable(
  object(
    (it: Raw<Probe>) =>
      at('httpGet', it.httpGet, httpGet) ??
      at('tcpSocket', it.tcpSocket, handler) ??
      at('grpc', it.grpc, handler) ??
      at('periodSeconds', it.periodSeconds, maybeInteger) ??
      at('timeoutSeconds', it.timeoutSeconds, maybeInteger),
  ),
);

const port = object(
  (it: Raw<ContainerPort>) =>
    at('name', it.name, maybeText) ??
    at('containerPort', it.containerPort, integer) ??
    at('protocol', it.protocol, maybeText),
);
const mount = object(
  (it: Raw<VolumeMount>) => at('name', it.name, text) ?? at('mountPath', it.mountPath, text),
);
const ports = nullable(listOf(port));
const mounts = nullable(listOf(mount));
const container = object(
  (it: Raw<Container>) =>
    at('name', it.name, text) ??
    at('image', it.image, maybeText) ??
    at('imagePullPolicy', it.imagePullPolicy, maybeText) ??
    at('ports', it.ports, ports) ??
    at('env', it.env, listOfNamed) ??
    at('resources', it.resources, resources) ??
    at('volumeMounts', it.volumeMounts, mounts) ??
    at('securityContext', it.securityContext, securityContext) ??
    at('restartPolicy', it.restartPolicy, maybeText) ??
    at('startupProbe', it.startupProbe, probe) ??
    at('readinessProbe', it.readinessProbe, probe) ??
    at('livenessProbe', it.livenessProbe, probe),
);
const containers = nullable(listOf(container));

const values = nullable(listOf(text));
const expression = object(
  (it: Raw<{ key: unknown; operator: unknown; values: unknown }>) =>
    at('key', it.key, text) ?? at('operator', it.operator, text) ?? at('values', it.values, values),
);
const expressions = nullable(listOf(expression));
const term = object((it: Raw<NodeSelectorTerm>) => at('matchExpressions', it.matchExpressions, expressions));
const terms = nullable(listOf(term));
const required = nullable(
  object((it: Raw<{ nodeSelectorTerms: unknown }>) => at('nodeSelectorTerms', it.nodeSelectorTerms, terms)),
);
const hard = 'requiredDuringSchedulingIgnoredDuringExecution';
const nodeAffinity = nullable(object((it: Raw<{ [hard]: unknown }>) => at(hard, it[hard], required)));
const affinity = nullable(
  object((it: Raw<{ nodeAffinity: unknown }>) => at('nodeAffinity', it.nodeAffinity, nodeAffinity)),
);

const owner = object(
  (it: Raw<OwnerReference>) =>
    at('apiVersion', it.apiVersion, text) ??
    at('kind', it.kind, text) ??
    at('name', it.name, text) ??
    at('uid', it.uid, text) ??
    at('controller', it.controller, maybeTruth),
);
const owners = nullable(listOf(owner));

const metadata = nullable(
  object(
    (it: Raw<ObjectMeta>) =>
      at('name', it.name, maybeText) ??
      at('generateName', it.generateName, maybeText) ??
      at('namespace', it.namespace, maybeText) ??
      at('labels', it.labels, texts) ??
      at('annotations', it.annotations, texts) ??
      at('ownerReferences', it.ownerReferences, owners),
  ),
);

const os = nullable(named);
const maybeMissing = optional(text);
const secret = object((it: Raw<{ name: unknown }>) => at('name', it.name, maybeMissing));
const secrets = nullable(listOf(secret));
const spec = nullable(
  object(
    (it: Raw<PodSpec>) =>
      at('hostNetwork', it.hostNetwork, maybeTruth) ??
      at('os', it.os, os) ??
      at('nodeSelector', it.nodeSelector, texts) ??
      at('affinity', it.affinity, affinity) ??
      at('securityContext', it.securityContext, securityContext) ??
      at('resources', it.resources, resources) ??
      at('initContainers', it.initContainers, containers) ??
      at('containers', it.containers, containers) ??
      at('volumes', it.volumes, listOfNamed) ??
      at('imagePullSecrets', it.imagePullSecrets, secrets),
  ),
);

const pod = object((it: Raw<Pod>) => at('metadata', it.metadata, metadata) ?? at('spec', it.spec, spec));

/** True where every field that Outrigger reads is of the type that Kubernetes gives it. */
export function isPod(value: unknown): value is Pod {
  return pod(value) === undefined;
}

/** Where a value stops being a pod, as a path such as `spec.containers.0.name`, for a message. */
export function whereNotPod(value: unknown): string {
  return pod(value) || 'the pod';
}
