/**
 * What our containers request and are limited to.
 *
 * Requests always, limits by default not, but: in a pod that would be Guaranteed ours have both, equal; where
 * every container of the pod is limited in some resource ours are too, because that is how people live with a
 * ResourceQuota; where the pod as a whole has resources, ours carry none. What others have set on our
 * containers since (a LimitRange) stays.
 */
import type { Container, Pod, ResourceList, ResourceRequirements } from '../kubernetes.types.ts';
import { problem, type Problem } from '../messages.ts';
import type { Settings } from '../settings/read.ts';
import { fallbackLimits } from '../settings/table.ts';
import { parseQuantity, type Quantity } from '../settings/values/quantity.ts';
import { allContainers } from './decide.ts';

const resourceNames = ['cpu', 'memory', 'ephemeral-storage'] as const;

type ResourceName = (typeof resourceNames)[number];
type Amounts = Readonly<Partial<Record<ResourceName, string>>>;

interface Wanted {
  readonly requests: Amounts;
  readonly limits: Amounts;
  readonly fallback: Amounts;
}

/** proxy-init runs for some tens of milliseconds; these are enough for it, and less than any application's. */
const initWanted: Wanted = {
  requests: { cpu: '10m', memory: '20Mi' },
  limits: {},
  fallback: { cpu: '100m', memory: '20Mi', 'ephemeral-storage': '8Mi' },
};

export interface PlannedResources {
  readonly init: ResourceRequirements;
  readonly proxy: ResourceRequirements;
  readonly problems: readonly Problem[];
}

/** @param pod the pod's own containers only */
export function planResources(pod: Pod, settings: Settings): PlannedResources {
  if (hasPodLevelResources(pod)) return { init: {}, proxy: {}, problems: [] };
  const containers = allContainers(pod);
  const guaranteed = containers.length > 0 && containers.every(isGuaranteed);
  const limited = resourceNames.filter(
    (name) =>
      containers.length > 0 && containers.every((container) => limitOf(container, name) !== undefined),
  );
  const wanted = proxyWanted(settings);
  return {
    init: requirements(initWanted, guaranteed, limited),
    proxy: requirements(wanted, guaranteed, limited),
    problems: guaranteed ? [] : requestsOverLimits(settings),
  };
}

function proxyWanted(settings: Settings): Wanted {
  const texts = (kind: 'request' | 'limit'): Amounts =>
    Object.fromEntries(
      resourceNames.flatMap((name) => {
        const quantity = quantityOf(settings, name, kind);
        return quantity === null ? [] : [[name, quantity.text]];
      }),
    );
  return { requests: texts('request'), limits: texts('limit'), fallback: fallbackLimits };
}

function quantityOf(settings: Settings, name: ResourceName, kind: 'request' | 'limit'): Quantity | null {
  const { value } = settings[`proxy-${name}-${kind}`];
  return kind === 'limit' && value?.amount === 0 ? null : value; // a limit of 0 is Kubernetes' word for none
}

function requirements(
  wanted: Wanted,
  guaranteed: boolean,
  limited: readonly ResourceName[],
): ResourceRequirements {
  const must = new Set<ResourceName>(guaranteed ? [...limited, 'cpu', 'memory'] : limited);
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const name of resourceNames) {
    const request = wanted.requests[name];
    const limit =
      wanted.limits[name] ?? (must.has(name) ? larger(wanted.fallback[name], request) : undefined);
    if (limit !== undefined) limits[name] = limit;
    if (guaranteed && limit !== undefined) requests[name] = limit;
    else if (request !== undefined) requests[name] = smaller(request, limit);
  }
  return { requests, ...(Object.keys(limits).length > 0 && { limits }) };
}

/** A default request gives way to a smaller limit. */
function smaller<Q extends string | number>(request: Q, limit: Q | undefined): Q {
  return limit !== undefined && amountOf(limit) < amountOf(request) ? limit : request;
}

/** A fallback limit gives way to a larger request, which somebody wrote. */
function larger(fallback: string | undefined, request: string | undefined): string | undefined {
  return fallback !== undefined && request !== undefined && amountOf(request) > amountOf(fallback)
    ? request
    : fallback;
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
