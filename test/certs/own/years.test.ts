import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/certs/own/next-step.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const names = ['outrigger.mesh.svc', 'outrigger.mesh', 'outrigger.mesh.svc.cluster.local'];
const defaults: Omit<Policy, 'jitter'> = {
  leafLifeMs: 30 * day,
  caLifeMs: 365 * day,
  overlapMs: hour,
  names,
};
/** As many authorities with fewer leaves: certificates are real, and take time to make. */
const brief = { ...defaults, leafLifeMs: 100 * day };

/** Always the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c_1b_3c_6d) + 0x9e_37_79_b9) | 0;
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32;
  };
}

async function startCluster(seed: number, policy: Omit<Policy, 'jitter'>, skews: readonly number[]) {
  const cluster = new SimulatedCluster({
    policy,
    random: randomOf(seed),
    informerLagMs: policy.overlapMs / 2,
  });
  for (const name of ['mutating', 'validating']) cluster.addConfiguration(name);
  for (const skew of skews) cluster.addReplica(skew);
  // API servers hear of the first bundle within the lag.
  await cluster.runUntil(cluster.nowMs + policy.overlapMs, () => undefined);
  expect(cluster.replicas.map(({ isReady }) => isReady)).toEqual(skews.map(() => true));
  return cluster;
}

const complaintsOf = (cluster: SimulatedCluster): string[] =>
  cluster.replicas.map((replica) => cluster.complaintAbout(replica)).filter((text) => text !== undefined);

describe('years of two replicas', () => {
  it('bring a leaf every 20 days and an authority every 10 months, each trusted at every moment', async () => {
    const cluster = await startCluster(7, defaults, [0, 20_000]);
    await cluster.runUntil(cluster.nowMs + 3 * 365 * day, () => expect(complaintsOf(cluster)).toEqual([]));
    // 3 × 365 days: a leaf lives 20 to 21 of its 30, an authority 304 to 311 of its 365.
    expect(cluster.leaves.size).toBeGreaterThanOrEqual(50);
    expect(cluster.leaves.size).toBeLessThanOrEqual(62);
    expect(cluster.authorities.size).toBe(4);
    expect(cluster.replicas.map(({ turns }) => turns.bundleRepairs)).toEqual([0, 0]);
    expect(cluster.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  }, 300_000);

  it('hold whatever is done to Secret, configurations, replicas and API server', async () => {
    const event = fc.record({
      kind: fc.constantFrom(
        'deleted',
        'emptied',
        'garbage',
        'part',
        'wiped',
        'restart',
        'away',
        'gone' as const,
      ),
      afterMs: fc.integer({ min: 3 * hour, max: 120 * day }),
      which: fc.nat(1),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(event, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: -8 * minute, max: 8 * minute }), { minLength: 2, maxLength: 2 }),
        async (seed, events, skews) => {
          const cluster = await startCluster(seed, brief, skews);
          const check = () => expect(complaintsOf(cluster)).toEqual([]);
          for (const { kind, afterMs, which } of events) {
            await cluster.runUntil(cluster.nowMs + afterMs, check);
            await disturb(cluster, kind, which);
          }
          await cluster.runUntil(cluster.nowMs + 200 * day, check);
          expect(cluster.secret).toBeDefined();
        },
      ),
      { numRuns: 4 },
    );
  }, 300_000);
});

/** What somebody does, and the time after which it has to be as before. */
async function disturb(cluster: SimulatedCluster, kind: string, which: number): Promise<void> {
  const repaired = async (): Promise<void> => {
    await cluster.runUntil(cluster.nowMs + 5000, () => undefined);
    for (const { bundle } of cluster.configurations.values()) expect(bundle).not.toBe('');
    // API servers hear of the repair later; leaves are looked at again after that.
    await cluster.runUntil(cluster.nowMs + hour, () => undefined);
  };
  const authority = cluster.secret?.data['ca.crt'];
  switch (kind) {
    case 'deleted':
      return cluster.setSecret(undefined);
    case 'emptied':
      return cluster.setSecret({});
    case 'garbage':
      return cluster.setSecret({ ...cluster.secret?.data, 'ca.key': 'AAAA', 'tls.crt': 'AAAA' });
    case 'part':
      return cluster.setSecret({ ...cluster.secret?.data, 'tls.crt': 'AAAA' });
    case 'wiped':
      cluster.spoil('mutating', '');
      return repaired();
    case 'restart': {
      // A rolling update: the new one is ready before the old one goes.
      cluster.addReplica();
      await cluster.runUntil(cluster.nowMs + 5000, () => undefined);
      cluster.replicas.splice(which, 1);
      expect(cluster.secret?.data['ca.crt']).toBe(authority);
      return;
    }
    case 'away':
      cluster.isAway = true;
      await cluster.runUntil(cluster.nowMs + 6 * hour, () => expect(complaintsOf(cluster)).toEqual([]));
      cluster.isAway = false;
      return;
    default: {
      // All replicas end; new ones find what the old ones left, and what is served meanwhile is nothing.
      const skews = cluster.replicas.map(() => 0);
      cluster.replicas.length = 0;
      await cluster.runUntil(cluster.nowMs + 20 * day, () => undefined);
      for (const skew of skews) cluster.addReplica(skew);
      await cluster.runUntil(cluster.nowMs + hour, () => undefined);
    }
  }
}

describe('two replicas at once', () => {
  it('agree on one authority and one leaf', async () => {
    for (let seed = 0; seed < 5; seed += 1) {
      const cluster = new SimulatedCluster({ policy: defaults, random: randomOf(seed), informerLagMs: 0 });
      const both = [cluster.addReplica(), cluster.addReplica()];
      for (let turn = 0; turn < 3; turn += 1) await Promise.all(both.map((replica) => cluster.turn(replica)));
      expect(cluster.authorities.size).toBe(1);
      expect(both[0]!.leaf).toEqual(both[1]!.leaf);
      expect(both.map(({ isReady }) => isReady)).toEqual([true, true]);
    }
  });
});

describe('a Secret that is gone', () => {
  it('is written back from memory, with the same authority and leaf', async () => {
    const cluster = await startCluster(1, defaults, [0, 0]);
    const before = cluster.secret?.data;
    cluster.setSecret(undefined);
    await cluster.runUntil(cluster.nowMs + 5000, () => undefined);
    expect(cluster.secret?.data).toEqual(before);
    expect(cluster.lines).toContain('warn certificate written back');
  });

  it('is not written back while the configurations are gone too: it is being uninstalled', async () => {
    const cluster = await startCluster(1, defaults, [0, 0]);
    cluster.configurations.clear();
    cluster.setSecret(undefined);
    await cluster.runUntil(cluster.nowMs + day, () => undefined);
    expect(cluster.secret).toBeUndefined();
    cluster.addConfiguration('mutating');
    await cluster.runUntil(cluster.nowMs + 5000, () => undefined);
    expect(cluster.secret).toBeDefined();
  });

  it('is left to those who remember it by those who do not', async () => {
    const cluster = await startCluster(1, defaults, [0]);
    const before = cluster.secret?.data;
    const [old] = cluster.replicas;
    cluster.setSecret(undefined);
    old!.nextAtMs = cluster.nowMs + 3000;
    const fresh = cluster.addReplica();
    await cluster.runUntil(cluster.nowMs + 20_000, () => undefined);
    expect(cluster.secret?.data).toEqual(before);
    expect(fresh.leaf).toEqual(old!.leaf);
  });

  it('is made anew if nobody remembers it', async () => {
    const cluster = await startCluster(1, defaults, [0]);
    const before = cluster.secret?.data['ca.crt'];
    cluster.setSecret(undefined);
    cluster.replicas.length = 0;
    const fresh = cluster.addReplica();
    await cluster.runUntil(cluster.nowMs + hour, () => undefined);
    expect(cluster.secret?.data['ca.crt']).not.toBe(before);
    expect(cluster.complaintAbout(fresh)).toBeUndefined();
  });
});
