/** Resident memory of the bundled program beside a cluster, which a small API server in this process stands for. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { applyLoad } from './load.ts';
import { startNamespaceApi } from './namespace-api.ts';
import { postReview } from './post.ts';
import { reviewsOfAnySize, smallReview } from './reviews.ts';
import { startInCluster, type MeasuredServer } from './servers.ts';
import type { Setting } from './setting.ts';
import type { Row } from './table.ts';

const reviews = Number(process.env['REVIEWS'] ?? 100_000);

export async function measureMemory(setting: Setting): Promise<Row[]> {
  const [idle, ...underLoad] = await withCluster(setting, 10, measureLoad);
  const [distinct = 0] = await withCluster(setting, 10, measureDistinct);
  const [full] = await withCluster(setting, 10_010, (server) => Promise.resolve([server.residentMiB()]));
  const [atIdle = 0, atHalf = 0, atEnd = 0] = [idle, ...underLoad];
  const perNamespaces = (full ?? 0) - atIdle;
  return [
    row('resident memory, idle', atIdle, 85),
    row(`resident memory after ${reviews.toLocaleString('en')} reviews`, atEnd, 130),
    row('resident memory after 20,000 pods of as many templates, up to 64 KiB', distinct, 160),
    row('growth over the second half of them', atEnd - atHalf, 5),
    row('memory for 10,000 namespaces', perNamespaces, 20),
    {
      what: 'memory for 10,000 pods in the cluster',
      measured: '0 (never asks for pods)',
      reach: '0',
      ok: true,
    },
  ];
}

const row = (what: string, miB: number, most: number): Row => ({
  what,
  measured: `${miB.toFixed(0)} MiB`,
  reach: `≤ ${most} MiB`,
  ok: miB <= most,
});

async function measureLoad(server: MeasuredServer): Promise<number[]> {
  const idle = server.residentMiB();
  const load = { port: server.port, body: smallReview(), connections: 16, amount: reviews / 2 };
  await applyLoad(load);
  const half = server.residentMiB();
  await applyLoad(load);
  return [idle, half, server.residentMiB()];
}

async function measureDistinct(server: MeasuredServer): Promise<number[]> {
  await applyLoad({ port: server.port, body: reviewsOfAnySize(), connections: 16, amount: 20_000 });
  return [server.residentMiB()];
}

async function withCluster(
  setting: Setting,
  namespaces: number,
  measure: (server: MeasuredServer) => Promise<number[]>,
): Promise<number[]> {
  const names = ['bench', ...Array.from({ length: namespaces - 1 }, (_, index) => `team-${index}`)];
  const api = await startNamespaceApi(names);
  const server = await startInCluster(setting, await writeKubeconfig(setting, api.url));
  try {
    await settle(server);
    if ([...api.paths].some((asked) => asked.includes('/pods'))) throw new Error('it asked for pods');
    return await measure(server);
  } finally {
    await server.stop();
    await api.stop();
  }
}

/** Ready, one review answered, and quiet for a while. */
async function settle(server: MeasuredServer): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`http://127.0.0.1:${server.opsPort}/ready`);
    if (response.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await postReview(server.port, smallReview());
  await new Promise((resolve) => setTimeout(resolve, 3000));
}

async function writeKubeconfig(setting: Setting, server: string): Promise<string> {
  const file = path.join(path.dirname(setting.certFile), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster: { server } }],
    users: [{ name: 'bench', user: {} }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}
