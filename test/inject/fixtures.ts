/** What the tests of the engine build on: an installation, a pod, a namespace, and what became of them. */
import jsonPatch from 'fast-json-patch';
import type { ClusterFacts, InjectContext, Origin } from '../../src/inject/context.ts';
import { createPatchCache, type TextOutcome } from '../../src/inject/inject-as-text.ts';
import type { Outcome } from '../../src/inject/inject.ts';
import { manifestOf, type Manifest } from '../../src/inject/manifest.ts';
import { createRenderer } from '../../src/inject/render.ts';
import type { Container, Namespace, Pod, PodSpec, StringMap } from '../../src/kubernetes.types.ts';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { readInstallation, type Installation } from '../../src/settings/config.ts';
import { keysOf } from '../../src/settings/keys.ts';

export const keys = keysOf('linkerd.io');

/** For the configuration file's content as data. */
export function installationOf(config: unknown = {}): Installation {
  const result = readInstallation(config, envoy.defaults);
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.value;
}

const render = createRenderer(envoy);

interface ContextOptions {
  readonly config?: unknown;
  readonly origin?: Origin;
  readonly keepsProbes?: boolean;
  readonly cluster?: Partial<ClusterFacts>;
  readonly version?: string;
  readonly ownNamespace?: string;
}

/** The webhook of version 0.1.0 on a cluster with native sidecars and without IPv6, unless said otherwise. */
export function contextOf(options: ContextOptions = {}): InjectContext {
  return {
    origin: options.origin ?? 'webhook',
    version: options.version ?? '0.1.0',
    installation: installationOf(options.config),
    backend: envoy,
    render,
    patches: createPatchCache(),
    cluster: { ipv6: false, nativeSidecars: true, ...options.cluster },
    ...(options.keepsProbes && { keepsProbes: true }),
    ...(options.ownNamespace !== undefined && { ownNamespace: options.ownNamespace }),
  };
}

/** A namespace that asks for injection. */
export function namespaceOf(annotations: StringMap = {}, labels: StringMap = {}): Namespace {
  return { name: 'shop', labels: { 'linkerd.io/inject': 'enabled', ...labels }, annotations };
}

/** Annotations by their names below `config.linkerd.io/`. */
export function settings(texts: StringMap): StringMap {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`config.linkerd.io/${name}`, text]));
}

/** A pod with one container, `app`. */
export function podOf(annotations: StringMap = {}, spec: PodSpec = {}): Pod {
  return {
    metadata: { name: 'web', annotations },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  };
}

/** The same value as it comes over the wire: no object is shared with another. */
export function overTheWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** What the API server makes of a pod and our answer to it. */
export function patched(received: Pod, outcome: Outcome | TextOutcome): Pod {
  if (outcome.kind === 'unchanged') return received;
  if (outcome.kind !== 'inject') throw new Error(`not injected: ${JSON.stringify(outcome)}`);
  const { patch } = outcome;
  const json = typeof patch === 'string' ? Buffer.from(patch, 'base64').toString() : JSON.stringify(patch);
  const operations = JSON.parse(json) as jsonPatch.Operation[];
  return jsonPatch.applyPatch(overTheWire(received), operations, true).newDocument;
}

export function injected(outcome: Outcome): Extract<Outcome, { kind: 'inject' }> {
  if (outcome.kind !== 'inject') throw new Error(`not injected: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** The sentences of a rejection; none where the pod was not rejected. */
export function problemsOf(outcome: Outcome | TextOutcome): string[] {
  return outcome.kind === 'reject' ? outcome.problems.map(({ message }) => message) : [];
}

export function warningsOf(outcome: Outcome): string[] {
  return injected(outcome).warnings.map(({ message }) => message);
}

export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

export function containerOf(pod: Pod, name: string): Container {
  const found = allContainers(pod).filter((container) => container.name === name);
  if (found.length !== 1) throw new Error(`${found.length} containers are named ${name}`);
  return found[0]!;
}

export const proxyOf = (pod: Pod): Container => containerOf(pod, 'outrigger-proxy');
export const initOf = (pod: Pod): Container => containerOf(pod, 'outrigger-init');

/** The value that follows a flag among a container's arguments. */
export function argumentOf(container: Container, flag: string): string | undefined {
  const index = container.args?.indexOf(flag) ?? -1;
  return index === -1 ? undefined : container.args?.[index + 1];
}

export function manifestIn(pod: Pod): Manifest {
  const manifest = manifestOf(pod, keys);
  if (!manifest.ok || manifest.value === null) throw new Error('the pod has no readable manifest');
  return manifest.value;
}

/** A pod of which one container of its own and its proxy's can be told apart by name. */
export function names(items: readonly { readonly name: string }[] | null | undefined): string[] {
  return (items ?? []).map(({ name }) => name);
}

/** Freezes a value through and through, so that writing to it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) frozen(child);
  }
  return value;
}
