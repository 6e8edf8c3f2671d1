import { describe, expect, it } from 'vitest';
import { renderProxyContainer } from '../../src/inject/proxy-container.ts';
import type { Container } from '../../src/kubernetes.types.ts';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { anew, testPlan } from '../proxy/plan.ts';

function rendered(...changes: Parameters<typeof testPlan>): Container {
  const plan = testPlan(...changes);
  return renderProxyContainer(plan, 'outrigger-proxy', envoy.render(plan, anew));
}

describe('the proxy container', () => {
  it('runs as its user and group, without capabilities, and writes nowhere', () => {
    expect(rendered({ uid: 3000, gid: 4000 }).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: 4000,
      runAsNonRoot: true,
      runAsUser: 3000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('has no place for an API token', () => {
    expect(rendered().volumeMounts).toEqual([
      {
        name: 'outrigger-no-token',
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      },
    ]);
  });

  it('has the variable that its arguments refer to, whatever else is called so', () => {
    const tcpChecks = [{ port: 80, intervalMs: 1000, timeoutMs: 1000 }];
    const env = [
      { name: 'OUTRIGGER_POD_IP', value: '::' },
      { name: 'REGION', value: 'x' },
    ];
    expect(rendered({ proxy: { tcpChecks, env } }).env).toEqual([
      { name: 'OUTRIGGER_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'REGION', value: 'x' },
    ]);
    expect(rendered()).not.toHaveProperty('env');
  });

  it('names its port for metrics within the 15 characters that Kubernetes allows', () => {
    expect(rendered({ ports: { inbound: 1, outbound: 2, admin: 5000, control: 3 } }).ports).toEqual([
      { name: 'outrigger-admin', containerPort: 5000 },
    ]);
  });

  it('natively is restarted always and holds the pod back until it is ready', () => {
    const container = rendered({ placement: 'native', proxy: { waitBeforeExitSeconds: 10 } });
    expect(container.restartPolicy).toBe('Always');
    expect(container.startupProbe).toMatchObject({ periodSeconds: 1, failureThreshold: 120 });
    expect(container.lifecycle).toEqual({ preStop: { httpGet: { path: '/drain', port: 4191 } } });
  });

  it('natively holds nothing back where it is not awaited', () => {
    const container = rendered({ placement: 'native', proxy: { await: false } });
    expect(container.restartPolicy).toBe('Always');
    expect(container).not.toHaveProperty('startupProbe');
  });

  it.each([
    ['is awaited for two seconds', true, 0, { postStart: { sleep: { seconds: 2 } } }],
    ['stays for the time that the setting says', false, 10, { preStop: { sleep: { seconds: 10 } } }],
    ['does both', true, 10, { postStart: { sleep: { seconds: 2 } }, preStop: { sleep: { seconds: 10 } } }],
    ['does neither', false, 0, undefined],
  ] as const)('classically %s', (_, awaited, waitBeforeExitSeconds, lifecycle) => {
    const container = rendered({ placement: 'classic', proxy: { await: awaited, waitBeforeExitSeconds } });
    expect(container.lifecycle).toEqual(lifecycle);
    expect(container).not.toHaveProperty('restartPolicy');
    expect(container).not.toHaveProperty('startupProbe');
  });

  it('has variables only where there are some', () => {
    expect(rendered()).not.toHaveProperty('env');
    expect(rendered({ proxy: { env: [{ name: 'A', value: '1' }] } }).env).toEqual([
      { name: 'A', value: '1' },
    ]);
  });
});
