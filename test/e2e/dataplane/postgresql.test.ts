/** A real PostgreSQL on a port that nobody knows: its client speaks first, in plain text or to ask for TLS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import { queryPostgresql, startPostgresql } from './servers/postgresql.ts';

const port = 15432;
const rowCount = 20_000;
const sql = [
  "SELECT 'ssl=' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
  `UNION ALL SELECT n || repeat(' row', 20) FROM generate_series(1, ${rowCount}) n`,
].join(' ');
const rows = Array.from({ length: rowCount }, (_, index) => `${index + 1}${' row'.repeat(20)}`).join('\n');

let placed: PlacedMesh;

beforeAll(async () => {
  const containers = [{ name: 'db', image: 'postgres:15', ports: [{ containerPort: port }] }];
  placed = await createPlacedMesh({ server: { containers } });
  const access = ['host all all all trust'];
  await Promise.all(placed.servers.map((host) => startPostgresql(host, { port, access, tls: true })));
});
afterAll(() => placed?.mesh.stop());

describe.each([
  ['disable', 'false'],
  ['require', 'true'],
] as const)('PostgreSQL on 15432 with sslmode=%s', (sslMode, ssl) => {
  it.each(placements)('answers without a wait, %s', async (placement) => {
    const pair = placed.pair(placement);
    const { result, ms, traffic } = await trafficDuring(pair, port, () =>
      queryPostgresql(pair.client, { server: pair.server.ip, port, sql, sslMode }),
    );

    expect(result).toEqual({ code: 0, stderr: '', stdout: `ssl=${ssl}\n${rows}\n` });
    expect(ms).toBeLessThan(2000);
    expect(
      traffic.map(({ closed, waits, written }) => ({ closed, waits, hasWritten: written > rows.length })),
    ).toEqual(pair.proxies.map(() => ({ closed: 1, waits: 0, hasWritten: true })));
  });
});
