import type { InitPlan, Keep, Plan, ProxyPlan } from '../../src/proxy/backend.ts';
import { singlePorts } from '../../src/settings/values/port-set.ts';

const opaque = singlePorts([25, 514, 587, 2003, 3306, 4222, 4444, 5432, 6222, 6379, 9300, 11211, 27017]);

const proxy: ProxyPlan = {
  image: 'envoyproxy/envoy:distroless-v1.40.0',
  opaque: { inbound: opaque, outbound: opaque },
  declaredPorts: [8080],
  tcpChecks: [],
  logLevel: 'warn',
  logFormat: 'plain',
  accessLog: 'off',
  connectTimeoutMs: { inbound: 10_000, outbound: 10_000 },
  detectTimeoutMs: { inbound: 3000, outbound: 3000 },
  upgrades: ['websocket', 'CONNECT', 'spdy/3.1', 'tcp'],
  await: true,
  waitBeforeExitSeconds: 0,
  env: [],
  resources: { requests: { cpu: '20m', memory: '40Mi' } },
};

const plan: Plan = {
  version: '0.1.0',
  backend: 'envoy',
  placement: 'native',
  ports: { inbound: 4143, outbound: 4140, admin: 4191, control: 4190 },
  uid: 2102,
  gid: 2102,
  imagePullPolicy: 'IfNotPresent',
  ipv6: false,
  init: {
    image: 'linkerd/proxy-init:v2.4.9',
    runAsRoot: false,
    iptablesMode: 'nft',
    skipInbound: singlePorts([3306, 4190, 4191, 4567, 4568, 5432, 33060]),
    skipOutbound: singlePorts([4567, 4568]),
    skipSubnets: [],
    resources: {},
  },
  proxy,
};

/** What a pod with one container on port 8080 gets by default, with some fields changed. */
export function testPlan(changes: PlanChanges = {}): Plan {
  return {
    ...plan,
    ...changes,
    init: { ...plan.init, ...changes.init },
    proxy: { ...proxy, ...changes.proxy },
  };
}

type PlanChanges = Omit<Partial<Plan>, 'init' | 'proxy'> & {
  readonly init?: Partial<InitPlan>;
  readonly proxy?: Partial<ProxyPlan>;
};

/** Keeps nothing. */
export const anew: Keep = (_, make) => make();
