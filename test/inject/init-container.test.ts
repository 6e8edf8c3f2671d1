import { describe, expect, it } from 'vitest';
import { renderInitContainer } from '../../src/inject/init-container.ts';
import type { InitPlan, Plan } from '../../src/proxy/backend.ts';
import { allPorts, singlePorts } from '../../src/settings/values/port-set.ts';
import { testPlan } from '../proxy/plan.ts';

const base = testPlan();

function argumentsOf(init: Partial<InitPlan>, plan: Partial<Plan> = {}): string {
  const rendered = renderInitContainer(
    { ...base, ...plan, init: { ...base.init, ...init } },
    'outrigger-init',
  );
  return (rendered.args ?? []).join(' ');
}

describe('the init container calls proxy-init', () => {
  it.each([
    [
      'with ports, user and mode',
      {},
      '--incoming-proxy-port 4143 --outgoing-proxy-port 4140 --proxy-uid 2102 --inbound-ports-to-ignore 3306,4190,4191,4567,4568,5432,33060 --outbound-ports-to-ignore 4567,4568 --iptables-mode nft --ipv6=false',
    ],
    [
      'with nothing to ignore on the way out',
      { skipOutbound: [] },
      '--incoming-proxy-port 4143 --outgoing-proxy-port 4140 --proxy-uid 2102 --inbound-ports-to-ignore 3306,4190,4191,4567,4568,5432,33060 --iptables-mode nft --ipv6=false',
    ],
    [
      'with everything that it takes',
      {
        skipInbound: singlePorts([4190]),
        skipOutbound: allPorts,
        skipSubnets: ['10.0.0.0/8', '192.168.0.0/16'],
        closeWaitSeconds: 5,
        iptablesMode: 'legacy',
      },
      '--incoming-proxy-port 4143 --outgoing-proxy-port 4140 --proxy-uid 2102 --inbound-ports-to-ignore 4190 --outbound-ports-to-ignore 1-65535 --subnets-to-ignore 10.0.0.0/8,192.168.0.0/16 --timeout-close-wait-secs 5 --iptables-mode legacy --ipv6=false',
    ],
  ] satisfies [string, Partial<InitPlan>, string][])('%s', (_, init, expected) => {
    expect(argumentsOf(init)).toBe(expected);
  });

  it('with the ports and the user that the plan gives the proxy', () => {
    const ports = { inbound: 1, outbound: 2, admin: 3, control: 4 };
    expect(argumentsOf({}, { ports, uid: 3000 })).toMatch(
      /^--incoming-proxy-port 1 --outgoing-proxy-port 2 --proxy-uid 3000 /u,
    );
  });

  it('without a word of IPv6 where the cluster has it, and never with a group', () => {
    expect(argumentsOf({}, { ipv6: true })).not.toContain('ipv6');
    expect(argumentsOf({}, { gid: 3000 })).not.toMatch(/gid|3000/u);
  });
});

describe('the init container', () => {
  const rendered = renderInitContainer(base, 'outrigger-init');

  it('is not root, and has no more than the two capabilities', () => {
    expect(rendered.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: 65_534,
      runAsNonRoot: true,
      runAsUser: 65_534,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('is privileged root where the installation says so', () => {
    const root = renderInitContainer({ ...base, init: { ...base.init, runAsRoot: true } }, 'outrigger-init');
    expect(root.securityContext).toMatchObject({
      allowPrivilegeEscalation: true,
      privileged: true,
      runAsGroup: 0,
      runAsNonRoot: false,
      runAsUser: 0,
    });
  });

  it('has a place for the lock file, and none for an API token', () => {
    expect(rendered.volumeMounts).toEqual([
      { name: 'outrigger-run', mountPath: '/run' },
      {
        name: 'outrigger-no-token',
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      },
    ]);
  });
});
