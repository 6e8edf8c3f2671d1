import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getText } from '../api/http-text.ts';
import { enabled } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests, createNamespace } from '../cluster/objects.ts';
import { pollUntil } from '../poll-until.ts';
import {
  clientContainer,
  createService,
  deployment,
  grpcPort,
  httpPort,
  service,
  webContainer,
} from './apps.ts';
import { execIn, isReady, listPods, waitForPodsThat, waitForReadyPod, type RunningPod } from './pods.ts';
import { startPodsRig, type PodsRig } from './rig.ts';

let rig: PodsRig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startPodsRig();
  cp = rig.cp;
});

afterAll(() => rig?.stop());

interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly errors: Readonly<Record<string, number>>;
}

type Protocol = 'http' | 'grpc';

const replicas = 2;
const controlPorts = { http: 8201, grpc: 8202 } as const;

/** A load of one protocol on some kept connections, until it is stopped. */
function startLoad(client: RunningPod, protocol: Protocol, address: string) {
  const target = protocol === 'http' ? `--url=http://${address}:80/` : `--grpc=${address}:${grpcPort}`;
  const control = controlPorts[protocol];
  const pace = ['--workers=4', '--pause=20ms', '--for=110s'];
  const ended = execIn(client, 'client', ['/app', 'load', target, `--control=:${control}`, ...pace], cp);
  return {
    /** Ends the load, and resolves to what it has seen. */
    async stop(): Promise<LoadResult> {
      await getText(`http://${client.status.podIP}:${control}/`);
      return JSON.parse(await ended) as LoadResult;
    },
  };
}

/** Replaces all pods of `web` under load. Resolves when the last old one is gone. */
async function rollOut(namespace: string): Promise<void> {
  const old = new Set((await listPods(cp, namespace, 'web')).map(({ metadata }) => metadata.name));
  await cp.kubectlOk(['rollout', 'restart', 'deployment/web', `--namespace=${namespace}`]);
  await waitForPodsThat(
    cp,
    { namespace, app: 'web', count: replicas },
    (pod) => !old.has(pod.metadata.name) && isReady(pod),
  );
}

/** Starts server and client in a namespace; resolves, with the address of the Service, when both are ready. */
async function deployPair(namespace: string, args: readonly string[], labels: Record<string, string>) {
  await createNamespace(cp, namespace, { labels });
  const ports = [
    { port: 80, targetPort: httpPort },
    { port: grpcPort, targetPort: grpcPort },
  ];
  const address = await createService(cp, service(namespace, 'web', ports));
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const workload = { replicas, strategy };
  await applyManifests(cp, [
    deployment(namespace, 'web', { spec: { containers: [webContainer(args)] }, workload }),
    deployment(namespace, 'client', { spec: { containers: [clientContainer] } }),
  ]);
  await waitForPodsThat(cp, { namespace, app: 'web', count: replicas }, isReady);
  const client = await waitForReadyPod(cp, namespace, 'client');
  await pollUntil(() => execIn(client, 'client', ['/app', 'get', `http://${address}/`], cp), {
    timeoutMs: 30_000,
    what: 'the Service',
  });
  return { client, address };
}

/** What each protocol's load saw of one rolling update. */
async function measure(
  namespace: string,
  args: readonly string[],
  labels: Record<string, string>,
): Promise<Record<Protocol, LoadResult>> {
  const { client, address } = await deployPair(namespace, args, labels);
  const loads = { http: startLoad(client, 'http', address), grpc: startLoad(client, 'grpc', address) };
  await rollOut(namespace);
  return { http: await loads.http.stop(), grpc: await loads.grpc.stop() };
}

function describeLoss({ requests, failures, errors }: LoadResult): string {
  const rate = ((100 * failures) / requests).toFixed(2);
  return `${failures} of ${requests} lost (${rate} %) ${failures > 0 ? JSON.stringify(errors) : ''}`;
}

/** Runs it with and without sidecars side by side, and writes into the test's output what each has cost. */
async function compare(name: string, args: readonly string[]) {
  const [injected, plain] = await Promise.all([
    measure(`${name}-injected`, args, enabled),
    measure(`${name}-plain`, args, {}),
  ]);
  for (const protocol of ['http', 'grpc'] as const)
    for (const [kind, { [protocol]: result }] of Object.entries({ injected, plain })) {
      process.stdout.write(`${name} application, ${kind}, ${protocol}: ${describeLoss(result)}\n`);
      expect(result.requests).toBeGreaterThan(100);
    }
  return { injected, plain };
}

describe('a rolling update under load', () => {
  // The application's `Connection: close` and GOAWAY end at its sidecar: it is the sidecar's own that count, which
  // the kubelet asks for when the pod is told to end.
  it('of a patient application, which serves on for 5 s after SIGTERM, loses nothing, with a sidecar or without', async () => {
    const { injected, plain } = await compare('patient', ['--grace=5s']);
    expect([plain.http.errors, plain.grpc.errors]).toEqual([{}, {}]);
    expect([injected.http.errors, injected.grpc.errors]).toEqual([{}, {}]);
  });

  it('of a hasty application, which closes its listeners at once, costs what the output says', async () => {
    await compare('hasty', []);
  });
});
