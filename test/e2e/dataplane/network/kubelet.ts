/**
 * What a kubelet does with an injected pod, on a host of the test network: init container, then proxy, each with
 * the arguments, variables, user and capabilities that its spec says. The pod is what Outrigger returned.
 */
import { ensureDebianParts } from '../../parts/debian.ts';
import { findEnvoy } from '../../parts/envoy.ts';
import { ensureGoProgram } from '../../parts/go-program.ts';
import { pollUntil } from '../../poll-until.ts';
import type { Child } from '../../process/child.ts';
import type { Host } from './host.ts';

export interface ContainerSpec {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly securityContext?: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  readonly lifecycle?: { readonly preStop?: HttpProbe };
  readonly startupProbe?: HttpProbe;
  readonly readinessProbe?: HttpProbe;
}

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

interface HttpProbe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

type Family = 'ip' | 'ip6';

/** Runs proxy-init to its end, once for each family of addresses; the one of pods does both in one go. */
export async function runInitContainer(host: Host, container: ContainerSpec): Promise<void> {
  const families: readonly Family[] = container.args?.includes('--ipv6=false') ? ['ip'] : ['ip', 'ip6'];
  for (const family of families) await runProxyInit(host, container, family);
}

async function runProxyInit(host: Host, container: ContainerSpec, family: Family): Promise<void> {
  const { env } = await ensureDebianParts();
  const { code, stderr, stdout } = await host.run({
    command: await ensureGoProgram('proxy-init'),
    args: translateInitArgs(expandArgs(container, host), family),
    env: { ...variablesOf(container, host), ...env, PATH: env['PATH'] ?? '' },
    uid: container.securityContext?.runAsUser ?? 0,
    capabilities: (container.securityContext?.capabilities?.add ?? []).map((name) => name.toLowerCase()),
  });
  if (code !== 0) throw new Error(`${container.name} on ${host.name} ended with ${code}: ${stderr}${stdout}`);
}

/** Starts Envoy and waits until the container's own probe says that it is ready. */
export async function startProxyContainer(
  host: Host,
  container: ContainerSpec,
  probe: (url: string) => Promise<number>,
): Promise<Child> {
  const child = host.start('envoy', {
    command: await findEnvoy(),
    args: expandArgs(container, host),
    env: variablesOf(container, host),
    uid: container.securityContext?.runAsUser ?? 0,
    gid: container.securityContext?.runAsGroup ?? 0,
  });
  const { path, port } = (container.startupProbe ?? container.readinessProbe)!.httpGet;
  await pollUntil(
    async () => !child.isRunning() || (await probe(`http://${host.ip}:${port}${path}`)) === 200,
    {
      timeoutMs: 30_000,
      what: `${container.name} on ${host.name} to be ready`,
    },
  );
  if (!child.isRunning()) throw new Error(`${container.name} on ${host.name} ended: ${child.readLogTail()}`);
  return child;
}

function variablesOf({ env = [] }: ContainerSpec, host: Host): Record<string, string> {
  return Object.fromEntries(env.map((variable) => [variable.name, valueOf(variable, host)]));
}

function valueOf({ value, valueFrom }: EnvVar, { ip }: Host): string {
  const path = valueFrom?.fieldRef?.fieldPath;
  if (path === undefined) return value ?? '';
  if (path === 'status.podIP') return ip;
  throw new Error(`the test's kubelet knows no ${path}`);
}

/** `$(NAME)` is the variable, `$$` one dollar; an unknown name stays as it is (k8s.io/kubernetes third_party/forked/golang/expansion). */
export function expandArgs(container: ContainerSpec, host: Host): string[] {
  const variables = variablesOf(container, host);
  return (container.args ?? []).map((arg) =>
    arg.replace(/\$\$|\$\(([^)]*)\)/gu, (whole, name?: string) =>
      whole === '$$' ? '$' : (variables[name ?? ''] ?? whole),
    ),
  );
}

/**
 * The flags of 2.4.x for the proxy-init that can be had, v1.6.2. Unknown ones would stop it; what they say is
 * said in its own words or is its only way anyway. That the flags of 2.4.x are right is for the unit tests.
 */
function translateInitArgs(args: readonly string[], family: Family): string[] {
  const firewalls: Readonly<Record<string, string>> = {
    nft: `${family}tables-nft`,
    legacy: `${family}tables-legacy`,
    plain: `${family}tables-legacy`,
  };
  return args.flatMap((arg, index) => {
    if (arg === '--iptables-mode') {
      const program = firewalls[args[index + 1] ?? ''] ?? `${family}tables-nft`;
      return ['--firewall-bin-path', program, '--firewall-save-bin-path', `${program}-save`];
    }
    if (args[index - 1] === '--iptables-mode' || arg.startsWith('--ipv6')) return [];
    return [arg];
  });
}
