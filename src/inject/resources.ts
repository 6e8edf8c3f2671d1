/**
 * What our containers request and are limited to.
 *
 * Requests always, limits by default not, but: in a pod that would be Guaranteed ours have both, equal; where
 * every container of the pod is limited in some resource ours are too, because that is how people live with a
 * ResourceQuota: to our fallback, or to the largest limit of the pod's own containers if that is smaller; where
 * the pod as a whole has resources, ours carry none. What others have set on our containers since (a LimitRange)
 * stays.
 */
import type { Container, Pod, ResourceList, ResourceRequirements } from '../kubernetes.types.ts';
import { problem, warning, type Problem, type Warning } from '../messages.ts';
import type { Settings } from '../settings/read.ts';
import { fallbackLimits } from '../settings/table.ts';
import { parseQuantity, type Quantity } from '../settings/values/quantity.ts';
import { allContainers } from './decide.ts';

const resourceNames = ['cpu', 'memory', 'ephemeral-storage'] as const;

type ResourceName = (typeof resourceNames)[number];
type Amounts = Readonly<Partial<Record<ResourceName, string>>>;
type Limits = Readonly<Partial<Record<ResourceName, string | number>>>;

interface Wanted {
  readonly requests: Amounts;
  readonly limits: Amounts;
  readonly fallback: Amounts;
  /** Whose request somebody wrote: no limit of ours is below it. */
  readonly written: readonly ResourceName[];
}

/** proxy-init runs for some tens of milliseconds; these are enough for it, and less than any application's. */
const initWanted: Wanted = {
  requests: { cpu: '10m', memory: '20Mi' },
  limits: {},
  fallback: { cpu: '100m', memory: '20Mi', 'ephemeral-storage': '8Mi' },
  written: [],
};

export interface PlannedResources {
  readonly init: ResourceRequirements;
  readonly proxy: ResourceRequirements;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

/**
 * @param pod the pod's own containers only
 * @param leastMemoryBytes below it the proxy does not run
 */
export function planResources(pod: Pod, settings: Settings, leastMemoryBytes: number): PlannedResources {
  if (hasPodLevelResources(pod)) return { init: {}, proxy: {}, problems: [], warnings: [] };
  const containers = allContainers(pod);
  const guaranteed = containers.length > 0 && containers.every(isGuaranteed);
  const largest = largestLimits(containers);
  const wanted = proxyWanted(settings);
  const { memory } = largest;
  const isTooSmall =
    memory !== undefined && wanted.limits.memory === undefined && amountOf(memory) < leastMemoryBytes;
  const { memory: _, ...bearable } = largest;
  return {
    init: requirements(initWanted, guaranteed, largest),
    proxy: requirements(wanted, guaranteed, isTooSmall ? bearable : largest),
    problems: guaranteed ? [] : requestsOverLimits(settings),
    warnings: isTooSmall
      ? [warning('no_memory_limit', { largest: String(memory), least: inMi(leastMemoryBytes) })]
      : [],
  };
}

/** Of each resource in which every container is limited. */
function largestLimits(containers: readonly Container[]): Limits {
  const entries = resourceNames.flatMap((name) => {
    const limits = containers.flatMap((container) => limitOf(container, name) ?? []);
    const [first] = limits;
    if (first === undefined || limits.length < containers.length) return [];
    const largest = limits.reduce((one, other) => (amountOf(other) > amountOf(one) ? other : one), first);
    return [[name, largest] as const];
  });
  return Object.fromEntries(entries);
}

function proxyWanted(settings: Settings): Wanted {
  const texts = (kind: 'request' | 'limit'): Amounts =>
    Object.fromEntries(
      resourceNames.flatMap((name) => {
        const quantity = quantityOf(settings, name, kind);
        return quantity === null ? [] : [[name, quantity.text]];
      }),
    );
  const written = resourceNames.filter((name) => settings[`proxy-${name}-request`].place !== 'built-in');
  return { requests: texts('request'), limits: texts('limit'), fallback: fallbackLimits, written };
}

function quantityOf(settings: Settings, name: ResourceName, kind: 'request' | 'limit'): Quantity | null {
  const { value } = settings[`proxy-${name}-${kind}`];
  return kind === 'limit' && value?.amount === 0 ? null : value; // a limit of 0 is Kubernetes' word for none
}

/** @param largest what the pod's own containers are limited to: of these resources ours are limited too */
function requirements(wanted: Wanted, guaranteed: boolean, largest: Limits): ResourceRequirements {
  const limits: Record<string, string | number> = {};
  const requests: Record<string, string | number> = {};
  for (const name of resourceNames) {
    const request = wanted.requests[name];
    const limit = wanted.limits[name] ?? fallbackLimit(wanted, name, largest[name]);
    if (limit !== undefined) limits[name] = limit;
    if (guaranteed && limit !== undefined) requests[name] = limit;
    else if (request !== undefined) requests[name] = smaller(request, limit);
  }
  return { requests, ...(Object.keys(limits).length > 0 && { limits }) };
}

/** The pod's own limits have passed any LimitRange, so that ours is never the larger; but a written request counts more. */
function fallbackLimit(
  { fallback, requests, written }: Wanted,
  name: ResourceName,
  largest: string | number | undefined,
): string | number | undefined {
  if (largest === undefined) return undefined;
  const limit = smaller(fallback[name] ?? largest, largest);
  const request = written.includes(name) ? requests[name] : undefined;
  return request !== undefined && amountOf(request) > amountOf(limit) ? request : limit;
}

/** A default request gives way to a smaller limit. */
function smaller<Q extends string | number, L extends string | number>(
  request: Q,
  limit: L | undefined,
): Q | L {
  return limit !== undefined && amountOf(limit) < amountOf(request) ? limit : request;
}

/** A request that somebody wrote does not give way; the API server would refuse the pod. */
function requestsOverLimits(settings: Settings): Problem[] {
  return resourceNames.flatMap((resource) => {
    const request = settings[`proxy-${resource}-request`];
    const limit = quantityOf(settings, resource, 'limit');
    if (request.value === null || limit === null || request.place === 'built-in') return [];
    if (request.value.amount <= limit.amount) return [];
    return [problem('request_over_limit', { resource, request: request.text, limit: limit.text })];
  });
}

function hasPodLevelResources(pod: Pod): boolean {
  const { requests, limits } = pod.spec?.resources ?? {};
  return Object.keys(requests ?? {}).length > 0 || Object.keys(limits ?? {}).length > 0;
}

/** Both cpu and memory limited, and a request, where there is one, equal to its limit. */
function isGuaranteed(container: Container): boolean {
  return (['cpu', 'memory'] as const).every((name) => {
    const limit = limitOf(container, name);
    const request = container.resources?.requests?.[name];
    return limit !== undefined && (request === undefined || amountOf(request) === amountOf(limit));
  });
}

function limitOf(container: Container, name: ResourceName): string | number | undefined {
  return container.resources?.limits?.[name];
}

function inMi(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}

function amountOf(quantity: string | number): number {
  return parseQuantity(String(quantity)) ?? Number.NaN;
}

/**
 * What others changed on a container of ours stays: each amount that is not the one we wrote.
 * @param planned what we would write now
 * @param current what stands on the container now
 * @param before what we wrote last time, from the manifest
 */
export function keepForeignResources(
  planned: ResourceRequirements,
  current: ResourceRequirements | null | undefined,
  before: { readonly requests?: ResourceList; readonly limits?: ResourceList },
): ResourceRequirements {
  const merge = (kind: 'requests' | 'limits'): ResourceList => ({
    ...planned[kind],
    ...foreignAmounts(current?.[kind] ?? {}, before[kind] ?? {}),
  });
  const limits = merge('limits');
  const requests = Object.fromEntries(
    Object.entries(merge('requests')).map(([name, request]) => [name, smaller(request, limits[name])]),
  );
  return {
    ...(Object.keys(requests).length > 0 && { requests }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

function foreignAmounts(current: ResourceList, before: ResourceList): ResourceList {
  return Object.fromEntries(
    Object.entries(current).filter(([name, amount]) => {
      const ours = before[name];
      return ours === undefined || amountOf(ours) !== amountOf(amount);
    }),
  );
}
