import * as fc from 'fast-check';
import type { Plan, ProxyPlan } from '../../src/proxy/backend.ts';
import type { TcpCheck } from '../../src/proxy/tcp-check.ts';
import { portSet, type PortSet } from '../../src/settings/values/port-set.ts';
import { testPlan } from './plan.ts';

const port = fc.integer({ min: 1, max: 65_535 });

const anyPorts: fc.Arbitrary<PortSet> = fc
  .array(fc.tuple(port, port), { maxLength: 12 })
  .map((pairs) => portSet(pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)])));

const timeout = fc.integer({ min: 1, max: 600_000 });

const tcpCheck: fc.Arbitrary<TcpCheck> = fc.record({
  port,
  intervalMs: fc.integer({ min: 2, max: 120 }).map((halves) => halves * 500),
  timeoutMs: fc.integer({ min: 1, max: 60 }).map((seconds) => seconds * 1000),
});

/** What HTTP allows in `Upgrade:` (RFC 9110, a token with an optional version). */
const upgrade = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}(\/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,4})?$/);

const anyProxy: fc.Arbitrary<Partial<ProxyPlan>> = fc.record({
  opaque: fc.record({ inbound: anyPorts, outbound: anyPorts }),
  declaredPorts: fc.uniqueArray(port, { maxLength: 20 }).map((ports) => ports.toSorted((a, b) => a - b)),
  tcpChecks: fc.uniqueArray(tcpCheck, { maxLength: 5, selector: ({ port }) => port }),
  logLevel: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'off'),
  logFormat: fc.constantFrom('plain', 'json'),
  accessLog: fc.constantFrom('off', 'apache', 'json'),
  connectTimeoutMs: fc.record({ inbound: timeout, outbound: timeout }),
  detectTimeoutMs: fc.record({ inbound: fc.option(timeout), outbound: fc.option(timeout) }),
  upgrades: fc.array(upgrade, { maxLength: 6 }),
  await: fc.boolean(),
  resources: fc.constantFrom(
    {},
    { limits: { cpu: '1500m' } },
    { limits: { memory: '256Mi' } },
    { limits: { memory: 10 ** 9 } },
  ),
});

/** Plans as settings can make them, every field that reaches the bootstrap at random. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .tuple(fc.uniqueArray(port, { minLength: 4, maxLength: 4 }), fc.boolean(), anyProxy)
  .map(([ports, ipv6, proxy]) => {
    const [inbound = 0, outbound = 0, admin = 0, control = 0] = ports;
    return testPlan({ ports: { inbound, outbound, admin, control }, ipv6, proxy });
  });
