/** A machine of the test network: commands and servers run in its namespaces, as any user. */
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '../../process/child.ts';
import { runCommand, type CommandResult } from '../../process/run-command.ts';
import { startAgent, type Agent } from './agent-client.ts';
import type { Holder } from './holder.ts';
import { remoteOf, type Peer, type Remote } from './peer.ts';

export interface Program {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** User and group; default 1000, a user that means nothing to anybody. */
  readonly uid?: number;
  readonly gid?: number;
  /** Capabilities besides none: `net_admin`. Root has them all. */
  readonly capabilities?: readonly string[];
  readonly timeoutMs?: number;
  readonly stdin?: string;
}

const applicationUid = 1000;

export class Host {
  readonly name: string;
  readonly ip: string;
  readonly ipv6: string;
  readonly #holder: Holder;
  readonly #children: Child[] = [];
  #agent: Agent | undefined;

  constructor(name: string, ip: string, ipv6: string, holder: Holder) {
    this.name = name;
    this.ip = ip;
    this.ipv6 = ipv6;
    this.#holder = holder;
  }

  get pid(): number {
    return this.#holder.child.pid;
  }

  /** Where a path of the project, of the cache of real parts or of `home` is on this host. */
  inside(path: string): string {
    return this.#holder.inside(path);
  }

  /** A folder of this host's, outside; `inside` says where it is here. */
  get home(): string {
    return this.#holder.home;
  }

  /** Makes a folder in `home` that belongs to the user. */
  async makeDir(name: string, uid = applicationUid): Promise<string> {
    const dir = join(this.home, name);
    await mkdir(dir, { recursive: true });
    await chown(dir, uid, uid);
    return dir;
  }

  /** Runs a program to its end, at most a minute unless told otherwise. */
  run(program: Program): Promise<CommandResult> {
    const { timeoutMs = 60_000, stdin, env } = program;
    const [command = '', ...args] = this.#enter(program);
    return runCommand(command, args, {
      timeoutMs,
      ...(stdin !== undefined && { stdin }),
      env: { PATH: process.env['PATH'], HOME: this.inside(this.home), ...this.#insideLists(env) },
    });
  }

  /** Starts a server, ended with this host or by its own `stop`. */
  start(name: string, program: Program): Child {
    const [command = '', ...args] = this.#enter(program);
    const child = startChild({
      name: `${name} on ${this.name}`,
      command,
      args,
      logFile: join(this.home, `${name}.log`),
      home: this.home,
      env: { HOME: this.inside(this.home), ...this.#insideLists(program.env) },
    });
    this.#children.push(child);
    return child;
  }

  /** The functions of a peer, each called in one Node process on this host. */
  use<Module>(peer: Peer<Module>): Remote<Module> {
    this.#agent ??= startAgent(this.name, join(this.home, 'agent.log'), (program) => this.#enter(program));
    const agent = this.#agent;
    return remoteOf(peer, agent.call);
  }

  /** Variables as they are on this host: lists of folders are, too. */
  #insideLists(env: Readonly<Record<string, string>> = {}): Record<string, string> {
    const insideList = (value: string): string =>
      value
        .split(':')
        .map((path) => this.inside(path))
        .join(':');
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, insideList(value)]));
  }

  /** Ends everything that was started here, and the host. */
  async stop(): Promise<void> {
    await this.#agent?.stop();
    for (const child of this.#children.toReversed()) await child.stop();
    await this.#holder.child.stop('SIGKILL');
  }

  #enter({
    command,
    args = [],
    uid = applicationUid,
    gid = uid,
    capabilities = [],
  }: Program): readonly string[] {
    const target = `--target ${this.pid} --net --uts --mount --wdns=${this.inside(this.home)}`;
    // A change of user forgets what happens at the parent's death, hence once more.
    const user = `${userOptions(uid, gid, capabilities)} --pdeathsig KILL`;
    const words = `nsenter ${target} -- setpriv ${user} --`.split(/ +/u);
    return [...words, this.inside(command), ...args];
  }
}

/** Options of setpriv. */
function userOptions(uid: number, gid: number, capabilities: readonly string[]): string {
  if (uid === 0) return '';
  const kept = capabilities.map((name) => `+${name}`);
  const only = ['-all', ...kept].join();
  const ambient = kept.length > 0 ? `--ambient-caps ${kept.join()}` : '--no-new-privs';
  return `--reuid ${uid} --regid ${gid} --clear-groups --inh-caps ${only} --bounding-set ${only} ${ambient}`;
}
