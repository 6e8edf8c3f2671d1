/**
 * A host of the test network: a process that does nothing but hold namespaces (network, host name, mounts), as a
 * pod's pause container does. Its end, and that of what was started in it, is the end of the namespaces: a killed
 * test leaves nothing behind.
 */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../../parts/cache.ts';
import { pollUntil } from '../../poll-until.ts';
import { startChild, type Child } from '../../process/child.ts';

const projectDir = fileURLToPath(new URL('../../../..', import.meta.url));

/** Where the project, the real parts and the network's own folder are seen from inside, whoever may read them outside. */
const insideDirs = { project: '/mnt/project', cache: '/mnt/cache', home: '/mnt/home' } as const;

export interface Holder {
  readonly child: Child;
  /** The folder for this host's files, outside. */
  readonly home: string;
  /** Where a path of the project, of the cache or of `home` is inside; other paths are the same. */
  inside(path: string): string;
}

export interface HolderOptions {
  readonly name: string;
  /** A folder of its own, made when missing. */
  readonly home: string;
  /** Lines of /etc/hosts, besides localhost. */
  readonly hosts: readonly string[];
}

export async function startHolder({ name, home, hosts }: HolderOptions): Promise<Holder> {
  await mkdir(home, { recursive: true });
  await chmod(home, 0o777); // whatever user a server runs as
  await writeFile(join(home, 'hosts'), ['127.0.0.1 localhost', '::1 localhost', ...hosts, ''].join('\n'));
  await writeFile(join(home, 'resolv.conf'), '');
  await mkdir(cacheDir(), { recursive: true });
  const script = [
    'set -e',
    'hostname "$1"',
    'ip link set lo up',
    // As container runtimes have it: a server on port 25 needs no root.
    'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start',
    `mount -t tmpfs none /mnt && mkdir ${Object.values(insideDirs).join(' ')}`,
    `mount --bind "$2" ${insideDirs.project}`,
    `mount --bind "$3" ${insideDirs.cache}`,
    `mount --bind "$4" ${insideDirs.home}`,
    'mount --bind "$4/hosts" /etc/hosts',
    'mount --bind "$4/resolv.conf" /etc/resolv.conf || true',
    'touch "$4/held"',
    'exec sleep infinity',
  ].join('\n');
  const child = startChild({
    name: `${name}'s namespaces`,
    command: 'unshare',
    args: [
      ...'--net --uts --mount --propagation private -- sh -c'.split(' '),
      script,
      'holder',
      name,
      projectDir,
      cacheDir(),
      home,
    ],
    logFile: join(home, 'holder.log'),
    home,
  });
  await pollUntil(() => !child.isRunning() || access(join(home, 'held')).then(() => true), {
    timeoutMs: 20_000,
    what: `the namespaces of ${name}`,
  });
  if (!child.isRunning())
    throw new Error(`no namespaces for ${name}, root is needed: ${child.readLogTail()}`);
  return { child, home, inside: (path) => insidePath(path, home) };
}

function insidePath(path: string, home: string): string {
  if (!path.startsWith('/')) return path;
  const outside = { home, cache: cacheDir(), project: projectDir };
  for (const [name, dir] of Object.entries(outside)) {
    const rest = relative(dir, path);
    if (rest !== '..' && !rest.startsWith(`..${sep}`)) {
      return join(insideDirs[name as keyof typeof outside], rest);
    }
  }
  return path;
}
