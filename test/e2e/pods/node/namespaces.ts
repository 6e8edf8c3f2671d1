import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntilReady } from '../../cluster/wait-until-ready.ts';
import { startChild, type Child } from '../../process/child.ts';
import { runCommandOk } from '../../process/run-command.ts';

/** A network, a mount table and process ids of their own, in which a node lives. */
export interface Namespaces {
  /** Its first process, as seen from outside. When it is killed, the kernel kills all others in there. */
  readonly pid: number;
  /** Starts a daemon in there. */
  start(name: string, command: string, args: readonly string[]): Child;
  /** Runs a program in there to its end and returns its stdout. */
  run(command: string, args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * What the kubelet insists on, as it would find it on a tuned machine. Files with these values are laid over
 * the real ones, so that the machine's settings stay as they are.
 */
const kernelSettings = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** Makes the namespaces; `dir/state` is in memory, and empty folders hide where daemons would write. */
export async function startNamespaces(
  dir: string,
  env: Readonly<Record<string, string>>,
): Promise<Namespaces> {
  const first = await unshare(dir);
  const pid = Number(readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8').trim());
  const enter = ['--target', `${pid}`, '--net', '--mount', '--pid', '--'];
  return {
    pid,
    start: (name, command, args) =>
      startChild({
        name,
        command: 'nsenter',
        args: [...enter, command, ...args],
        home: dir,
        logFile: join(dir, `${name}.log`),
        env,
      }),
    run: (command, args) => runCommandOk('nsenter', [...enter, command, ...args], { env, timeoutMs: 60_000 }),
    stop: () => first.stop('SIGKILL'),
  };
}

/** `unshare` itself stays outside, and takes its child along when it is killed. */
async function unshare(dir: string): Promise<Child> {
  const state = join(dir, 'state');
  await mkdir(state);
  const script = await writeScript(dir, state);
  const child = startChild({
    name: 'namespaces',
    command: 'unshare',
    args: ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', script],
    home: dir,
    logFile: join(dir, 'namespaces.log'),
  });
  await waitUntilReady(child, async () => existsSync(join(dir, 'entered')));
  return child;
}

/** What the first process does: mounts, and then waits for children, as the orphans of others become its own. */
async function writeScript(dir: string, state: string): Promise<string> {
  const settings = join(dir, 'kernel-settings');
  await mkdir(settings);
  const overlaid = Object.entries(kernelSettings).map(async ([name, value]) => {
    const file = join(settings, name.replaceAll('/', '.'));
    await writeFile(file, `${value}\n`);
    return `mount --bind '${file}' /proc/sys/${name}`;
  });
  const script = join(dir, 'namespaces.sh');
  const lines = [
    'set -e',
    ...[state, '/run', '/var/lib', '/var/log'].map((path) => `mount -t tmpfs tmpfs '${path}'`),
    ...(await Promise.all(overlaid)),
    `: > '${dir}/entered'`,
    'sleep infinity &',
    'wait',
  ];
  await writeFile(script, `${lines.join('\n')}\n`);
  return script;
}
