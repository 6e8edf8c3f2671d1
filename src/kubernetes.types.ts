/**
 * The part of Kubernetes' own types that Outrigger reads or writes: core/v1 Pod and admission.k8s.io/v1.
 * Everything is optional and nullable, as JSON from outside may be; unknown fields survive because objects are
 * only ever copied by spreading.
 */

type Maybe<T> = T | null | undefined;

export type StringMap = Readonly<Record<string, string>>;

export interface ObjectMeta {
  readonly name?: Maybe<string>;
  readonly generateName?: Maybe<string>;
  readonly namespace?: Maybe<string>;
  readonly labels?: Maybe<StringMap>;
  readonly annotations?: Maybe<StringMap>;
  readonly ownerReferences?: Maybe<readonly OwnerReference[]>;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: Maybe<boolean>;
}

export interface ContainerPort {
  readonly name?: Maybe<string>;
  readonly containerPort: number;
  readonly protocol?: Maybe<string>;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: Maybe<string>;
  readonly valueFrom?: unknown;
}

/** A resource list as it stands in JSON: quantities are strings, but YAML authors write plain numbers too. */
export type ResourceList = Readonly<Record<string, string | number>>;

export interface ResourceRequirements {
  readonly requests?: Maybe<ResourceList>;
  readonly limits?: Maybe<ResourceList>;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface SecurityContext {
  readonly runAsUser?: Maybe<number>;
  readonly [field: string]: unknown;
}

export interface ProbeHandler {
  /** A number, or the name of a port of the probe's own container. */
  readonly port?: Maybe<number | string>;
  readonly [field: string]: unknown;
}

/** Periods and timeouts in seconds; where they are absent the API server fills in 10 and 1. */
export interface Probe {
  readonly exec?: unknown;
  readonly httpGet?: Maybe<ProbeHandler & { readonly path?: Maybe<string> }>;
  readonly tcpSocket?: Maybe<ProbeHandler>;
  readonly grpc?: Maybe<ProbeHandler>;
  readonly periodSeconds?: Maybe<number>;
  readonly timeoutSeconds?: Maybe<number>;
  readonly [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image?: Maybe<string>;
  readonly imagePullPolicy?: Maybe<string>;
  readonly args?: Maybe<readonly string[]>;
  readonly ports?: Maybe<readonly ContainerPort[]>;
  readonly env?: Maybe<readonly EnvVar[]>;
  readonly resources?: Maybe<ResourceRequirements>;
  readonly volumeMounts?: Maybe<readonly VolumeMount[]>;
  readonly securityContext?: Maybe<SecurityContext>;
  readonly restartPolicy?: Maybe<string>;
  readonly startupProbe?: Maybe<Probe>;
  readonly readinessProbe?: Maybe<Probe>;
  readonly livenessProbe?: Maybe<Probe>;
  readonly lifecycle?: Maybe<unknown>;
}

export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: Maybe<
    readonly { readonly key: string; readonly operator: string; readonly values?: Maybe<readonly string[]> }[]
  >;
}

export interface PodSpec {
  readonly hostNetwork?: Maybe<boolean>;
  readonly os?: Maybe<{ readonly name: string }>;
  readonly nodeSelector?: Maybe<StringMap>;
  readonly affinity?: Maybe<{
    readonly nodeAffinity?: Maybe<{
      readonly requiredDuringSchedulingIgnoredDuringExecution?: Maybe<{
        readonly nodeSelectorTerms?: Maybe<readonly NodeSelectorTerm[]>;
      }>;
    }>;
  }>;
  readonly securityContext?: Maybe<SecurityContext>;
  readonly resources?: Maybe<ResourceRequirements>;
  readonly initContainers?: Maybe<readonly Container[]>;
  readonly containers?: Maybe<readonly Container[]>;
  readonly volumes?: Maybe<readonly Volume[]>;
  readonly imagePullSecrets?: Maybe<readonly { readonly name: string }[]>;
}

/** A Pod, or the pod template of a workload: both have `metadata` and `spec`. */
export interface Pod {
  readonly metadata?: Maybe<ObjectMeta>;
  readonly spec?: Maybe<PodSpec>;
}

/** What Outrigger keeps of a namespace: our own keys and the pod-security labels (see `kubernetes/namespaces`). */
export interface Namespace {
  readonly name: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
}
