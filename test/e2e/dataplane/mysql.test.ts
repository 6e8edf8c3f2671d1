/** A real MariaDB, which speaks first: on its own port, on one that nobody knows, and on one that is annotated. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import { createPlacedMesh, placements, type Pair, type PlacedMesh } from './network/placements.ts';
import { readTraffic, trafficDuring } from './network/traffic.ts';
import type * as greetingPeer from './peers/greeting.ts';
import { queryMariadb, startMariadb } from './servers/mariadb.ts';

const greeting = peer<typeof greetingPeer>('greeting');

const rows = Array.from({ length: 2000 }, (_, id) => `${id}\t${'value '.repeat(50)}${id}`);
const setup = [
  // The anonymous user of this host would win over `app` of everywhere.
  "DROP USER ''@localhost; DROP USER IF EXISTS ''@server, ''@`plain-server`;",
  "CREATE USER app@'%'; GRANT ALL ON test.* TO app@'%'; USE test;",
  'CREATE TABLE prepared (id INT PRIMARY KEY, body TEXT);',
  `INSERT INTO prepared VALUES ${rows.map((row) => `(${row.replace('\t', ",'")}')`).join()};`,
].join('\n');

async function query({ client, server }: Pair, port: number, sql: string): Promise<string> {
  const address = { server: server.ip, port, user: 'app', sql };
  const { code, stdout, stderr } = await queryMariadb(client, address);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

const greet = ({ client, server }: Pair, port: number): Promise<greetingPeer.Greeting> =>
  client.use(greeting).readGreeting(server.ip, port);

/** A port by what the annotations say about it, and whether the proxies of either direction see its connections. */
type NamedPort = readonly [
  title: string,
  port: number,
  seen: Readonly<Record<'outbound' | 'inbound', boolean>>,
];

interface Setting {
  readonly client?: Readonly<Record<string, string>>;
  readonly server?: Readonly<Record<string, string>>;
  readonly ports: readonly NamedPort[];
  readonly unnamedPort?: number;
}

const settings: readonly [string, Setting][] = [
  ['no annotation', { ports: [['on 3306', 3306, { outbound: true, inbound: false }]], unnamedPort: 33066 }],
  [
    'ports to skip',
    {
      client: { 'config.linkerd.io/skip-outbound-ports': '4406' },
      server: { 'config.linkerd.io/skip-inbound-ports': 'default,!3306,4406' },
      ports: [
        ['on 3306, "default,!3306" to skip inbound', 3306, { outbound: true, inbound: true }],
        ['on 4406, to skip both ways', 4406, { outbound: false, inbound: false }],
      ],
    },
  ],
  [
    'opaque ports',
    {
      client: { 'config.linkerd.io/opaque-ports': '4406' },
      server: { 'config.linkerd.io/opaque-ports': '4406' },
      ports: [['on 4406, opaque both ways', 4406, { outbound: true, inbound: true }]],
    },
  ],
];

describe.each(settings)('MariaDB with %s', (_, { client = {}, server = {}, ports, unnamedPort }) => {
  let placed: PlacedMesh;

  beforeAll(async () => {
    const all = [...ports.map(([, port]) => port), ...(unnamedPort === undefined ? [] : [unnamedPort])];
    const declared = all.map((containerPort) => ({ containerPort }));
    placed = await createPlacedMesh({
      client: { annotations: client },
      server: { annotations: server, containers: [{ name: 'db', image: 'mariadb:10', ports: declared }] },
    });
    await Promise.all(placed.servers.map((host) => startMariadb(host, { ports: all, setup })));
  });
  afterAll(() => placed?.mesh.stop());

  describe.each(ports)('%s', (_title, port, seen) => {
    it.each(placements)('greets at once, %s', async (placement) => {
      const pair = placed.pair(placement);
      const { result, ms, traffic } = await trafficDuring(pair, port, () => greet(pair, port));

      expect(result.text).toContain('MariaDB');
      expect(ms).toBeLessThan(2000);
      const expected = pair.proxies.map(({ direction }) => [seen[direction] ? 1 : 0, 0]);
      expect(traffic.map(({ closed, waits }) => [closed, waits])).toEqual(expected);
    });

    it.each(placements)('gives prepared rows and takes new ones, %s', async (placement) => {
      const pair = placed.pair(placement);
      const { result, traffic } = await trafficDuring(pair, port, async () => ({
        read: await query(pair, port, 'USE test; SELECT * FROM prepared ORDER BY id'),
        written: await query(pair, port, insertInto(`${placement.replace(' ', '_')}_${port}`)),
      }));

      expect(result.read).toBe(rows.join('\n'));
      expect(result.written).toBe(createHash('md5').update(rows.join()).digest('hex'));
      for (const [index, { closed, read, written }] of traffic.entries()) {
        const isSeen = seen[pair.proxies[index]!.direction];
        expect(closed).toBe(isSeen ? 2 : 0);
        expect([read, written].map((bytes) => bytes > rows.join().length)).toEqual([isSeen, isSeen]);
      }
    });

    it.each(placements)('sees the client itself unless a proxy is in front of it, %s', async (placement) => {
      const pair = placed.pair(placement);
      const isHidden = seen.inbound && pair.proxies.some(({ direction }) => direction === 'inbound');
      expect(await query(pair, port, 'SELECT user()')).toBe(`app@${isHidden ? 'server' : pair.client.ip}`);
    });
  });

  if (unnamedPort === undefined) return;

  it('waits once per proxy on a port that nobody named', async () => {
    const ofEither = [placed.pair('outbound'), placed.pair('inbound')];
    const waits = () => Promise.all(ofEither.map(async (pair) => (await readTraffic(pair, 0))[0]!.waits));
    const before = await waits();
    const pairs = placements.map((placement) => placed.pair(placement));
    const greetings = await Promise.all(pairs.map((pair) => greet(pair, unnamedPort)));

    for (const [index, { text, ms }] of greetings.entries()) {
      const waitMs = 3000 * pairs[index]!.proxies.length;
      expect(text).toContain('MariaDB');
      expect(ms).toBeGreaterThan(waitMs - 100);
      expect(ms).toBeLessThan(waitMs + 2900);
    }
    // Of either proxy: once alone, once in series.
    expect(await waits()).toEqual(before.map((count) => count + 2));
  });
});

/** Writes all rows as one value by a prepared statement, and asks for its digest. */
function insertInto(table: string): string {
  return [
    `USE test; CREATE TABLE ${table} (body LONGTEXT);`,
    `PREPARE s FROM 'INSERT INTO ${table} VALUES (?)'; SET @body = '${rows.join()}'; EXECUTE s USING @body;`,
    `SELECT md5(body) FROM ${table};`,
  ].join('\n');
}
