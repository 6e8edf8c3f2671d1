/** A real Prometheus that runs the project's example configuration and rules, with shorter times. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { ensureDebianParts } from '../../parts/debian.ts';
import { pollUntil } from '../../poll-until.ts';
import type { Host } from '../network/host.ts';
import { peer } from '../network/peer.ts';
import type * as httpGetPeer from './http-get.ts';

/** A pod as Kubernetes' service discovery would show it. */
export interface DiscoveredPort {
  readonly address: string;
  readonly portName: string;
  readonly pod: string;
  readonly controller: { readonly kind: string; readonly name: string };
}

export interface Prometheus {
  /** The values of the series that an instant query gives, at a time in ms. */
  query(expression: string, atMs: number): Promise<number[]>;
  /** How many targets are up. */
  countUp(): Promise<number>;
}

const examples = fileURLToPath(new URL('../../../../examples/prometheus/', import.meta.url));
const origin = 'http://127.0.0.1:9090';

/** @param windowSeconds the rules' window, instead of the minutes in them */
export async function startPrometheus(
  host: Host,
  ports: readonly DiscoveredPort[],
  windowSeconds: number,
): Promise<Prometheus> {
  const dir = await host.makeDir('prometheus');
  const rules = await readFile(join(examples, 'rules.yml'), 'utf8');
  await writeFile(join(dir, 'rules.yml'), rules.replaceAll('[2m]', `[${windowSeconds}s]`));
  await writeFile(join(dir, 'prometheus.yml'), await configuration(ports));
  const parts = await ensureDebianParts();
  const files = [`config.file=${dir}/prometheus.yml`, `storage.tsdb.path=${dir}/data`];
  const options = [...files, 'web.listen-address=127.0.0.1:9090', 'log.level=warn'].map((option) => {
    const [name = '', value = ''] = option.split('=');
    return `--${name}=${host.inside(value)}`;
  });
  const child = host.start('prometheus', {
    command: await parts.find('prometheus'),
    args: options,
    env: parts.env,
  });
  const get = host.use(peer<typeof httpGetPeer>('http-get')).httpGet;
  const isReady = async (): Promise<boolean> =>
    !child.isRunning() || (await get(`${origin}/-/ready`)).status === 200;
  await pollUntil(isReady, { timeoutMs: 30_000, what: 'Prometheus' });
  if (!child.isRunning()) throw new Error(`Prometheus has ended: ${child.readLogTail()}`);

  const query: Prometheus['query'] = async (expression, atMs) => {
    const parameters = new URLSearchParams({ query: expression, time: (atMs / 1000).toFixed(3) });
    const { status, text } = await get(`${origin}/api/v1/query?${parameters.toString()}`);
    if (status !== 200) throw new Error(text);
    return valuesOf(text);
  };
  return { query, countUp: async () => (await query('up == 1', Date.now())).length };
}

/** The example's, but Debian's build discovers no pods: their labels are given instead. */
async function configuration(ports: readonly DiscoveredPort[]): Promise<string> {
  const config = parse(await readFile(join(examples, 'prometheus.yml'), 'utf8')) as {
    global: object;
    scrape_configs: [{ kubernetes_sd_configs: unknown }];
  };
  const { kubernetes_sd_configs: _, ...job } = config.scrape_configs[0];
  const static_configs = ports.map(({ address, portName, pod, controller }) => ({
    targets: [address],
    labels: {
      __meta_kubernetes_namespace: 'shop',
      __meta_kubernetes_pod_name: pod,
      __meta_kubernetes_pod_phase: 'Running',
      __meta_kubernetes_pod_container_port_name: portName,
      __meta_kubernetes_pod_controller_kind: controller.kind,
      __meta_kubernetes_pod_controller_name: controller.name,
    },
  }));
  const global = { scrape_interval: '1s', evaluation_interval: '1s' };
  return stringify({ ...config, global, scrape_configs: [{ ...job, static_configs }] });
}

function valuesOf(text: string): number[] {
  const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value: [, value] }) => Number(value));
}
