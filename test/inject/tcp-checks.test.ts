import { describe, expect, it } from 'vitest';
import { tcpChecksFor } from '../../src/inject/tcp-checks.ts';
import type { AskingProbe } from '../../src/inject/tcp-probes.ts';

const probe = (changes: Partial<AskingProbe>): AskingProbe => ({
  field: 'readinessProbe',
  port: 80,
  periodSeconds: 10,
  timeoutSeconds: 1,
  ...changes,
});

describe('a port that accepts connections is dialled', () => {
  it.each<[string, Partial<AskingProbe>[], number]>([
    ['twice in a period', [{}], 5000],
    ['each second at most', [{ periodSeconds: 1 }], 1000],
    ['in halves of seconds', [{ periodSeconds: 3 }], 1500],
    ['seldom where it is asked seldom', [{ periodSeconds: 60 }], 30_000],
    [
      'twice in the shortest period',
      [{ periodSeconds: 60 }, { field: 'livenessProbe', periodSeconds: 4 }],
      2000,
    ],
    [
      'without regard to a startup probe, which ends',
      [{ field: 'startupProbe', periodSeconds: 1 }, {}],
      5000,
    ],
    ['for a startup probe that is alone', [{ field: 'startupProbe', periodSeconds: 6 }], 3000],
  ])('%s', (_, probes, intervalMs) => {
    expect(tcpChecksFor(probes.map(probe))).toEqual([{ port: 80, intervalMs, timeoutMs: 1000 }]);
  });

  it('with the patience of the most patient probe', () => {
    const probes = [{ timeoutSeconds: 3 }, { field: 'startupProbe', timeoutSeconds: 20 } as const, {}];
    expect(tcpChecksFor(probes.map(probe))).toMatchObject([{ timeoutMs: 20_000 }]);
  });
});

it('each port is checked once, in order', () => {
  const probes = [{ port: 9000 }, { port: 80 }, { port: 9000, periodSeconds: 2 }, { port: 443 }];
  expect(tcpChecksFor(probes.map(probe))).toMatchObject([
    { port: 80 },
    { port: 443 },
    { port: 9000, intervalMs: 1000 },
  ]);
});
