/**
 * Servers that trust their own host. A proxy in front of one makes every client look like that host, hence their
 * ports are skipped on the way in: who was kept out without a proxy has to be kept out with one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh } from './network/mesh.ts';
import type { CommandResult } from '../process/run-command.ts';
import { queryMariadb, startMariadb } from './servers/mariadb.ts';
import { queryPostgresql, startPostgresql } from './servers/postgresql.ts';

const skipInboundPorts = 'config.linkerd.io/skip-inbound-ports';

/** A client that asks for its account and address as the server knows them. */
interface Visitor {
  readonly whoAmI: (client: Host, server: Host) => Promise<CommandResult>;
  /** What the server takes one for that looks like its own host. */
  readonly accepted: (server: Host) => string;
}

interface Server {
  readonly port: number;
  readonly start: (host: Host) => Promise<void>;
  readonly visitors: readonly Visitor[];
  /** What an unknown host is told. */
  readonly refusal: RegExp;
}

const mariadbVisitor = (user: string, account: string): Visitor => ({
  whoAmI: (client, { ip }) =>
    queryMariadb(client, { server: ip, port: 3306, user, sql: 'SELECT current_user()' }),
  accepted: ({ name }) => `${account}@${name}`,
});

const mariadb: Server = {
  port: 3306,
  start: (host) => startMariadb(host, { ports: [3306] }),
  visitors: [mariadbVisitor('root', 'root'), mariadbVisitor('somebody', '')],
  refusal: /Host '10\.77\.0\.\d+' is not allowed to connect/u,
};

const addressOfClient = "SELECT current_user || '@' || host(inet_client_addr())";

const postgresql: Server = {
  port: 5432,
  start: (host) => startPostgresql(host, { port: 5432, access: ['host all all samehost trust'] }),
  visitors: [
    {
      whoAmI: (client, { ip }) => queryPostgresql(client, { server: ip, port: 5432, sql: addressOfClient }),
      accepted: ({ ip }) => `postgres@${ip}`,
    },
  ],
  refusal: /no pg_hba\.conf entry for host "10\.77\.0\.\d+"/u,
};

describe.each<[string, Server]>([
  ['MariaDB, fresh: root of the own host without a password, and its anonymous user', mariadb],
  ['PostgreSQL with "samehost" in pg_hba.conf', postgresql],
])('%s', (_, { port, start, visitors, refusal }) => {
  let mesh: Mesh;
  const clients: Host[] = [];
  const servers = new Map<string, Host>();

  beforeAll(async () => {
    mesh = await createMesh();
    const containers = [{ name: 'db', image: 'db:1', ports: [{ containerPort: port }] }];
    const trusting = { [skipInboundPorts]: `default,!${port}` };
    servers.set('without', await mesh.addHost('plain-server'));
    servers.set('with', (await mesh.addPod('server', { containers })).host);
    servers.set('exposed', (await mesh.addPod('exposed', { containers, annotations: trusting })).host);
    clients.push(await mesh.addHost('plain-client'), (await mesh.addPod('client')).host);
    await Promise.all([...servers.values()].map(start));
  });
  afterAll(() => mesh?.stop());

  async function expectAccepted(client: Host, server: Host): Promise<void> {
    for (const { whoAmI, accepted } of visitors) {
      const { stdout, stderr } = await whoAmI(client, server);
      expect(`${stdout.trim()}${stderr}`).toBe(accepted(server));
    }
  }

  it('lets its own host in', async () => {
    for (const server of servers.values()) await expectAccepted(server, server);
  });

  it.each([
    ['without a proxy, as a control', 'without', 0],
    ['with a proxy at the client', 'without', 1],
    ['with a proxy at the server', 'with', 0],
    ['with a proxy at both', 'with', 1],
  ])('keeps another host out %s', async (_title, kind, clientIndex) => {
    const [client, server] = [clients[clientIndex]!, servers.get(kind)!];
    for (const { whoAmI } of visitors) {
      const { code, stdout, stderr } = await whoAmI(client, server);
      expect(stderr).toMatch(refusal);
      expect(stderr).toContain(client.ip);
      expect(stdout).toBe('');
      expect(code).not.toBe(0);
    }
  });

  it.each([
    ['without a proxy', 0],
    ['with a proxy', 1],
  ])(
    'lets every client %s in where its port is taken out of the skipped ones',
    async (_title, clientIndex) => {
      await expectAccepted(clients[clientIndex]!, servers.get('exposed')!);
    },
  );
});
