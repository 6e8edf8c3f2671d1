/** Pods created at a steady rate, and what became of each: counted by the answers, and again in the API server. */
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { ours, podManifest, type Pod } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { listObjects } from '../cluster/objects.ts';

export interface PodLoad {
  /** Ends it, and resolves when the last answer is there. */
  stop(): Promise<PodCounts>;
}

export interface PodCounts {
  readonly created: number;
  /** The API server's words, and how often. */
  readonly refused: Readonly<Record<string, number>>;
  /** Stored without the sidecar: names. */
  readonly bare: readonly string[];
  /** Of two answers, one after the other. */
  readonly longestGapMs: number;
}

const perSecond = 20;
/** On a machine that is too slow for the rate, the load waits instead of piling up. */
const mostInFlight = 10;
/** A test that is stuck must not go on filling the API server. */
const mostPods = 6000;

/** No scheduler looks at them, so that only their admission costs anything. */
const parked = { schedulingGates: [{ name: 'outrigger.test/parked' }], terminationGracePeriodSeconds: 0 };

export async function startPodLoad(cp: ControlPlane, namespace: string): Promise<PodLoad> {
  const client = await cp.ca.issueClient({ user: 'e2e-load', groups: ['system:masters'] });
  const agent = new Agent({
    ca: cp.ca.certificate,
    cert: client.certificate,
    key: client.key,
    keepAlive: true,
  });
  const refused: Record<string, number> = {};
  const pending = new Set<Promise<void>>();
  let created = 0;
  let lastAnswer = performance.now();
  let longestGapMs = 0;
  const stopping = new AbortController();

  const create = async (name: string) => {
    const manifest = podManifest(namespace, name, { spec: parked });
    const { status, body } = await post(`${cp.url}/api/v1/namespaces/${namespace}/pods`, agent, manifest);
    longestGapMs = Math.max(longestGapMs, performance.now() - lastAnswer);
    lastAnswer = performance.now();
    if (status === 201) created += 1;
    else refused[messageIn(body)] = (refused[messageIn(body)] ?? 0) + 1;
  };
  const loop = async () => {
    const start = performance.now();
    for (let count = 0; !stopping.signal.aborted && count < mostPods; count += 1) {
      while (pending.size >= mostInFlight) await Promise.race(pending);
      const sent = create(`pod-${count}`).finally(() => pending.delete(sent));
      pending.add(sent);
      await delay(Math.max(0, start + ((count + 1) * 1000) / perSecond - performance.now()));
    }
  };
  const ended = loop();
  return {
    async stop() {
      stopping.abort();
      await ended;
      await Promise.all(pending);
      agent.destroy();
      const pods = await listObjects<Pod>(cp, `/api/v1/namespaces/${namespace}/pods`);
      const bare = pods.filter((pod) => ours(pod).length === 0).map(({ metadata }) => metadata.name);
      return { created, refused, bare, longestGapMs };
    },
  };
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body.slice(0, 300);
  } catch {
    return body.slice(0, 300);
  }
}

function post(url: string, agent: Agent, json: unknown): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      timeout: 40_000,
    };
    const sent = request(url, options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer from ${url}`)));
    sent.once('error', (error) => resolve({ status: 0, body: error.message }));
    sent.end(JSON.stringify(json));
  });
}
