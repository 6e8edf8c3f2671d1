import { appendFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureDebianParts } from '../../parts/debian.ts';
import type { CommandResult } from '../../process/run-command.ts';
import type { Host } from '../network/host.ts';
import { setAccounts } from './accounts.ts';
import { makeCertificate } from './certificate.ts';
import { startServer } from './start-server.ts';

export interface PostgresqlOptions {
  readonly port: number;
  /** Who may come by TCP: lines of pg_hba.conf. */
  readonly access: readonly string[];
  /** With a certificate made on the spot. */
  readonly tls?: boolean;
}

const superuser = 'postgres';
const uid = 1000;

/** Installs a cluster on this host, starts it and waits until it listens. */
export async function startPostgresql(host: Host, { port, access, tls }: PostgresqlOptions): Promise<void> {
  await setAccounts(host, [{ name: superuser, id: uid }]);
  const data = await host.makeDir('postgresql');
  const where = `--pgdata=${host.inside(data)}`;
  const quick = ['--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8', '--auth=trust'];
  await run(host, 'initdb', [where, `--username=${superuser}`, ...quick]);
  const local = 'local all all trust';
  await writeFile(join(data, 'pg_hba.conf'), [local, ...access, ''].join('\n'));
  const settings = ["listen_addresses = '*'", `unix_socket_directories = '${host.inside(data)}'`];
  if (tls) await makeCertificate(data, { name: 'db', uid });
  await appendFile(
    join(data, 'postgresql.conf'),
    [...settings, `ssl = ${tls ? 'on' : 'off'}`, ''].join('\n'),
  );
  const { program, env } = await find('postgres');
  await startServer(
    host,
    'postgresql',
    { command: program, args: ['-D', host.inside(data), '-p', String(port)], env },
    [port],
  );
}

export interface PostgresqlQuery {
  /** An address. */
  readonly server: string;
  readonly port: number;
  readonly sql: string;
  /** Default `prefer`, as psql's own. */
  readonly sslMode?: 'disable' | 'require';
}

/** Runs one statement by psql, as the superuser without a password; values without names, columns between bars. */
export async function queryPostgresql(client: Host, query: PostgresqlQuery): Promise<CommandResult> {
  const { program, env } = await find('psql');
  const { server, port, sql, sslMode = 'prefer' } = query;
  const words = { host: server, port, user: superuser, dbname: 'postgres', sslmode: sslMode };
  const connection = Object.entries(words).map(([name, value]) => `${name}=${value}`);
  const args = ['--no-psqlrc', '--no-password', '--tuples-only', '--no-align', '--command', sql];
  return client.run({ command: program, args: [...args, connection.join(' ')], env });
}

async function run(host: Host, name: string, args: readonly string[]): Promise<void> {
  const { program, env } = await find(name);
  const { code, stdout, stderr } = await host.run({ command: program, args, env });
  if (code !== 0) throw new Error(`${name} on ${host.name}: ${stdout}${stderr}`);
}

/** Beside the server: Debian's `psql` elsewhere is a script that looks for clusters. */
async function find(name: string): Promise<{ program: string; env: Readonly<Record<string, string>> }> {
  const debian = await ensureDebianParts();
  const programs = dirname(await realpath(await debian.find('postgres')));
  return { program: join(programs, name), env: debian.env };
}
