/**
 * The seam between deciding and rendering: a `Plan` says everything that a pod is to get, as plain data, and a
 * `Backend` turns the proxy's half of it into a container. Deciding, port sets, init container, patch and
 * command line know nothing of the backend.
 */
import type { ContainerPort, EnvVar, Probe, ResourceRequirements } from '../kubernetes.types.ts';
import type { Problem, Warning } from '../messages.ts';
import type { LogLevel } from '../settings/values/log-level.ts';
import type { PortSet } from '../settings/values/port-set.ts';
import type { SettingKey } from '../settings/table.ts';
import type { ImageReference } from '../settings/values/image.ts';
import type { TcpCheck } from './tcp-check.ts';

export interface ProxyPorts {
  readonly inbound: number;
  readonly outbound: number;
  readonly admin: number;
  readonly control: number;
}

/** `native`: an init container that is restarted always, started before all others. `classic`: a plain container. */
export type Placement = 'native' | 'classic';

/** Everything that a pod is to get. Two plans that are equal as JSON render equal containers. */
export interface Plan {
  /** Outrigger's own version: a new one renders anew. */
  readonly version: string;
  readonly backend: string;
  readonly placement: Placement;
  readonly ports: ProxyPorts;
  readonly uid: number;
  readonly gid: number;
  readonly imagePullPolicy: string;
  readonly ipv6: boolean;
  readonly init: InitPlan;
  readonly proxy: ProxyPlan;
}

export interface InitPlan {
  readonly image: string;
  readonly runAsRoot: boolean;
  readonly iptablesMode: 'nft' | 'legacy' | 'plain';
  /** With the proxy's own ports, which are always in it. */
  readonly skipInbound: PortSet;
  readonly skipOutbound: PortSet;
  /** IPv4 only, in CIDR form. */
  readonly skipSubnets: readonly string[];
  readonly closeWaitSeconds?: number;
  readonly resources: ResourceRequirements;
}

export interface ProxyPlan {
  readonly image: string;
  readonly opaque: { readonly inbound: PortSet; readonly outbound: PortSet };
  /** TCP ports that the pod's own containers declare or probe, sorted: the inbound ports that metrics name. */
  readonly declaredPorts: readonly number[];
  /** The ports that the pod's probes ask the proxy about, each once, sorted. */
  readonly tcpChecks: readonly TcpCheck[];
  readonly logLevel: LogLevel;
  readonly logFormat: 'plain' | 'json';
  readonly accessLog: 'off' | 'apache' | 'json';
  readonly connectTimeoutMs: { readonly inbound: number; readonly outbound: number };
  /** How long to wait for a client's first bytes; null: for ever. */
  readonly detectTimeoutMs: { readonly inbound: number | null; readonly outbound: number | null };
  /** Protocols besides HTTP that an HTTP connection may be upgraded to, as they stand in `Upgrade:`. */
  readonly upgrades: readonly string[];
  /** The application starts only when the proxy is ready. */
  readonly await: boolean;
  /** Classic placement: how long the proxy stays after the pod is told to end. */
  readonly waitBeforeExitSeconds: number;
  readonly env: readonly EnvVar[];
  readonly resources: ResourceRequirements;
}

/** The backend's half of the proxy container; image, user, mounts and resources are the same for all backends. */
export interface ProxyRendering {
  readonly args: readonly string[];
  /** What the arguments refer to; wins over variables of the same name that the user asked for. */
  readonly env: readonly EnvVar[];
  readonly ports: readonly ContainerPort[];
  /** Of a native sidecar: the kubelet runs it when the pod is told to end, before it ends the application. */
  readonly preStop?: unknown;
  readonly startupProbe?: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

export interface Backend {
  readonly name: string;
  readonly containerNames: { readonly init: string; readonly proxy: string };
  /** Defaults that differ from the table's, in the annotation's own syntax. */
  readonly defaults: Partial<Readonly<Record<SettingKey, string>>>;
  /** False where the image cannot run the configuration that this backend renders. */
  acceptsImage(image: ImageReference): boolean;
  /** The images that it accepts, in words. */
  readonly allowedImages: string;
  /** A memory limit below it is none that the proxy runs in. */
  readonly leastMemoryBytes: number;
  /** What makes the plan impossible for this backend, and what the user should know of it. */
  check(plan: Plan): { readonly problems: readonly Problem[]; readonly warnings: readonly Warning[] };
  render(plan: Plan, keep: Keep): ProxyRendering;
}

/**
 * Gives a text that takes long to make, and is made anew only if it is not at hand.
 * @param key all that the text depends on
 */
export type Keep = (key: string, make: () => string) => string;
