/** Static Envoy behind proxy-init's rules. Each concern has its file; `bootstrap.ts` puts them together. */
import { problem, warning, type Problem, type Warning } from '../../messages.ts';
import { includesPort } from '../../settings/values/port-set.ts';
import type { Backend, Keep, Plan, ProxyRendering } from '../backend.ts';
import { envoyArguments } from './arguments.ts';
import { acceptsImage, testedMinor } from './image.ts';
import { advisedMemoryBytes, connectionLimit, leastMemoryBytes, memoryLimitBytes } from './limits.ts';
import { drainHook, probes } from './probes.ts';
import { tcpCheckEnv } from './tcp-checks.ts';

export const envoy: Backend = {
  name: 'envoy',
  containerNames: { init: 'outrigger-init', proxy: 'outrigger-proxy' },
  defaults: {
    // Servers that can trust their own host see the pod's address as every client's: skipped on the way in.
    'skip-inbound-ports': '3306,4567,4568,5432,33060',
    'skip-outbound-ports': '4567,4568',
    // Server speaks first, or the client closes right after its only bytes (514, 2003).
    'opaque-ports': '25,514,587,2003,3306,4222,4444,5432,6222,6379,9300,11211,27017',
  },
  acceptsImage,
  allowedImages: `an Envoy image by a tag of ${testedMinor} or by its digest`,
  leastMemoryBytes,
  check,
  render,
};

function check(plan: Plan): ReturnType<Backend['check']> {
  const memory = checkMemory(plan);
  return {
    problems: [...memory.problems, ...checkPorts(plan)],
    warnings: [...memory.warnings, ...checkTrust(plan)],
  };
}

/** Servers whose own defaults or usual rules let their own host in without a password. */
const trustingServers: ReadonlyMap<number, string> = new Map([
  [3306, 'MySQL'],
  [33_060, 'MySQL'],
  [5432, 'PostgreSQL'],
]);

/** A list that replaces the default one may have forgotten them. */
function checkTrust({ proxy, init }: Plan): Warning[] {
  return proxy.declaredPorts.flatMap((port) => {
    const server = trustingServers.get(port);
    const isProxied = server !== undefined && !includesPort(init.skipInbound, port);
    return isProxied ? [warning('clients_look_local', { port, server })] : [];
  });
}

/** Linux' MAX_ARG_STRLEN, and what a range of opaque ports takes of it at least. */
const maxArgumentBytes = 131_071;
const rangeBytes = 50;
/** Of a port that probes ask about, and of one that is declared (of which CEL takes no more either). */
const checkBytes = 200;
const declaredBytes = 8;

/** Refuses by estimate, because writing thousands of rules down takes longer than a review may. */
function checkPorts({ proxy: { opaque, tcpChecks, declaredPorts } }: Plan): Problem[] {
  const bytes =
    (opaque.inbound.length + opaque.outbound.length) * rangeBytes +
    tcpChecks.length * checkBytes +
    declaredPorts.length * declaredBytes;
  const details = { container: envoy.containerNames.proxy, bytes, most: maxArgumentBytes };
  return bytes > maxArgumentBytes ? [problem('argument_too_long', details)] : [];
}

function checkMemory(plan: Plan): ReturnType<Backend['check']> {
  const bytes = memoryLimitBytes(plan);
  if (bytes === undefined || bytes >= advisedMemoryBytes) return { problems: [], warnings: [] };
  const limit = String(plan.proxy.resources.limits?.['memory']);
  return bytes < leastMemoryBytes
    ? {
        problems: [problem('memory_limit_too_small', { limit, least: inMi(leastMemoryBytes) })],
        warnings: [],
      }
    : {
        problems: [],
        warnings: [
          warning('few_connections', {
            limit,
            connections: connectionLimit(bytes),
            advised: inMi(advisedMemoryBytes),
          }),
        ],
      };
}

function inMi(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}

/** The port's name has 15 characters, the most that Kubernetes allows. */
function render(plan: Plan, keep: Keep): ProxyRendering {
  return {
    args: envoyArguments(plan, keep),
    env: tcpCheckEnv(plan),
    ports: [{ name: 'outrigger-admin', containerPort: plan.ports.admin }],
    ...(plan.placement === 'native' && { preStop: drainHook(plan) }),
    ...probes(plan),
  };
}
