import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDebianParts } from '../../parts/debian.ts';
import type { Host } from '../network/host.ts';
import { setAccounts } from './accounts.ts';
import { makeCertificate } from './certificate.ts';
import { startServer } from './start-server.ts';

/** The only domain that it takes mail for; there is one mailbox for all addresses. */
export const mailDomain = 'mail.test';

const [mailboxUid, postfixUid, postdropGid] = [1000, 992, 993];

/** Starts it on all the ports, with STARTTLS, and waits until it listens. */
export async function startPostfix(host: Host, ports: readonly number[]): Promise<void> {
  const debian = await ensureDebianParts();
  await setAccounts(host, [
    { name: 'postfix', id: postfixUid },
    { name: 'postdrop', id: postdropGid },
  ]);
  const programs = join(debian.root, 'usr/lib/postfix');
  const config = await host.makeDir('postfix', 0);
  const settings = {
    ...(await folders(host, programs)),
    ...mailbox(host.inside(await host.makeDir('mail', mailboxUid))),
    ...(await startTls(host, config)),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(join(config, 'main.cf'), lines.join(''));
  await writeFile(join(config, 'master.cf'), services(ports));
  const program = {
    command: join(programs, 'sbin/master'),
    args: ['-d', '-c', host.inside(config)],
    env: { ...debian.env, LD_LIBRARY_PATH: [programs, debian.env['LD_LIBRARY_PATH']].join(':') },
    uid: 0,
  };
  await startServer(host, 'postfix', program, ports);
}

type Settings = Readonly<Record<string, string>>;

async function folders(host: Host, programs: string): Promise<Settings> {
  return {
    compatibility_level: '3.6',
    daemon_directory: host.inside(join(programs, 'sbin')),
    queue_directory: host.inside(await makeQueue(host)),
    data_directory: host.inside(await host.makeDir('postfix-data', postfixUid)),
    // The programs that it starts are to find their libraries.
    import_environment: 'LD_LIBRARY_PATH MAIL_CONFIG',
    export_environment: 'LD_LIBRARY_PATH MAIL_CONFIG',
  };
}

function mailbox(dir: string): Settings {
  return {
    myhostname: mailDomain,
    mydestination: '',
    alias_maps: '',
    virtual_mailbox_domains: mailDomain,
    virtual_mailbox_base: dir,
    virtual_mailbox_maps: 'static:inbox/',
    virtual_uid_maps: `static:${mailboxUid}`,
    virtual_gid_maps: `static:${mailboxUid}`,
  };
}

async function startTls(host: Host, dir: string): Promise<Settings> {
  const { key, certificate } = await makeCertificate(dir, { name: mailDomain, uid: 0 });
  return {
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: host.inside(certificate),
    smtpd_tls_key_file: host.inside(key),
  };
}

/** master(5): name, type, private, unprivileged, chroot, wakeup, most processes, program. */
function services(ports: readonly number[]): string {
  return [
    ...ports.map((port) => `${port} inet n - n - - smtpd`),
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'proxymap unix - - n - - proxymap',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    '',
  ].join('\n');
}

/** The folders that `postfix check` would make. */
async function makeQueue(host: Host): Promise<string> {
  const queue = await host.makeDir('postfix-queue', 0);
  const names = 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split(' ');
  for (const name of names) await host.makeDir(`postfix-queue/${name}`, postfixUid);
  await mkdir(join(queue, 'pid'));
  for (const [name, mode] of [
    ['maildrop', 0o730],
    ['public', 0o710],
  ] as const) {
    await mkdir(join(queue, name));
    await chown(join(queue, name), postfixUid, postdropGid);
    await chmod(join(queue, name), mode);
  }
  return queue;
}

/** All messages in the mailbox, with their headers. */
export async function readMailbox(host: Host): Promise<string[]> {
  const dir = join(host.home, 'mail', 'inbox', 'new');
  const names = await readdir(dir).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
}
