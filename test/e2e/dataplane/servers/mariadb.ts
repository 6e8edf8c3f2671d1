/** MariaDB as its own installation script makes it: root without a password and the anonymous user, of this host only. */
import { join } from 'node:path';
import { ensureDebianParts } from '../../parts/debian.ts';
import type { CommandResult } from '../../process/run-command.ts';
import type { Host } from '../network/host.ts';
import { startServer } from './start-server.ts';

export interface MariadbOptions {
  /** One or two. */
  readonly ports: readonly number[];
  /** Statements that root runs on the server's own host. */
  readonly setup?: string;
}

const smallFiles = ['--innodb-log-file-size=4M', '--innodb-autoextend-increment=1'];

/** Installs it on this host, whose name its accounts carry, starts it and waits until it listens. */
export async function startMariadb(host: Host, { ports, setup }: MariadbOptions): Promise<void> {
  const debian = await ensureDebianParts();
  const [port = 0, extraPort] = ports;
  const data = await host.makeDir('mariadb');
  const folders = [`--basedir=${host.inside(join(debian.root, 'usr'))}`, `--datadir=${host.inside(data)}`];
  // At its start a server removes temporary tables of any other in its folder for them.
  const tmp = `--tmpdir=${host.inside(await host.makeDir('mariadb-tmp'))}`;
  const args = ['--no-defaults', ...folders, tmp, ...smallFiles];
  await install(host, args);
  const listen = [`--port=${port}`, `--socket=${host.inside(data)}/socket`];
  const extra = extraPort === undefined ? [] : [`--extra-port=${extraPort}`];
  const program = {
    command: await debian.find('mariadbd'),
    args: [...args, ...listen, ...extra],
    env: debian.env,
  };
  await startServer(host, 'mariadb', program, ports);
  if (setup === undefined) return;
  const { code, stderr } = await queryMariadb(host, { server: '127.0.0.1', port, user: 'root', sql: setup });
  if (code !== 0) throw new Error(`MariaDB's setup on ${host.name}: ${stderr}`);
}

async function install(host: Host, options: readonly string[]): Promise<void> {
  const debian = await ensureDebianParts();
  const script = host.inside(await debian.find('mariadb-install-db'));
  // Else root is let in through the Unix socket only, as the system's root; the anonymous user is there anyway.
  const args = [script, ...options, '--auth-root-authentication-method=normal'];
  const { code, stdout, stderr } = await host.run({ command: 'sh', args, env: debian.env });
  if (code !== 0) throw new Error(`no MariaDB on ${host.name}: ${stdout}${stderr}`);
}

export interface MariadbQuery {
  /** An address. */
  readonly server: string;
  readonly port: number;
  readonly user: string;
  readonly sql: string;
}

/** Runs statements by MariaDB's own client; rows come without names, columns between tabs. */
export async function queryMariadb(client: Host, query: MariadbQuery): Promise<CommandResult> {
  const debian = await ensureDebianParts();
  const address = [`--host=${query.server}`, `--port=${query.port}`, '--protocol=tcp'];
  return client.run({
    command: await debian.find('mariadb'),
    args: ['--no-defaults', ...address, `--user=${query.user}`, '--skip-column-names', '--batch'],
    env: debian.env,
    stdin: query.sql,
  });
}
