import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../network/host.ts';

export interface Account {
  readonly name: string;
  /** Of the user and of its group. */
  readonly id: number;
  /** Default: the root folder. */
  readonly home?: string;
}

const always: readonly Account[] = [
  { name: 'root', id: 0 },
  { name: 'nobody', id: 65_534 },
];

/** Gives a host accounts of its own, as an image has them: some servers refuse to run as a user without a name. */
export async function setAccounts(host: Host, accounts: readonly Account[]): Promise<void> {
  const all = [...always, ...accounts];
  const passwd = all.map(({ name, id, home = '/' }) => `${name}:x:${id}:${id}::${home}:/bin/sh\n`);
  const group = all.map(({ name, id }) => `${name}:x:${id}:\n`);
  await mountOver(host, '/etc/passwd', passwd.join(''));
  await mountOver(host, '/etc/group', group.join(''));
}

/** Puts a text in the place of a file that the machine has, for this host only. */
async function mountOver(host: Host, path: string, text: string): Promise<void> {
  const source = join(host.home, path.replaceAll('/', '-'));
  await writeFile(source, text);
  await runAsRoot(host, 'mount', ['--bind', host.inside(source), path]);
}

/** Throws with what the command said. */
export async function runAsRoot(host: Host, command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run({ command, args, uid: 0 });
  if (code !== 0) throw new Error(`${command} on ${host.name}: ${stderr}`);
}
