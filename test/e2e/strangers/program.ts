/** The program as it is published: the bundle, with the flags of its first line. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { findFreePort } from '../cluster/ports.ts';
import { pollUntil } from '../poll-until.ts';
import { startChild } from '../process/child.ts';

const bundle = fileURLToPath(new URL('../../../dist/outrigger.js', import.meta.url));

export interface Served {
  readonly port: number;
  readonly opsPort: number;
  isRunning(): boolean;
  /** The most memory that it has had, in MiB. */
  peakMiB(): number;
  /** Its lines so far. */
  lines(): Record<string, unknown>[];
  stop(signal: NodeJS.Signals): Promise<void>;
}

/** `serve --offline` with a namespace `shop`; ends with the test. @param nodeArgs more arguments of Node */
export async function serveBundle(nodeArgs: readonly string[] = []): Promise<Served> {
  if (!existsSync(bundle)) throw new Error('dist/outrigger.js is missing: npm run prepare makes it');
  const folder = await mkdtemp(path.join(tmpdir(), 'outrigger-strangers-'));
  const file = (name: string): string => path.join(folder, name);
  await writeFile(
    file('namespaces.yaml'),
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { linkerd.io/inject: enabled } }\n',
  );
  await writeFile(file('outrigger.yaml'), 'server: { shutdownDelay: 0s }\n');
  const [port, opsPort] = [await findFreePort(), await findFreePort()];
  const flags = (readFileSync(bundle, 'utf8').split('\n', 1)[0] ?? '')
    .split(' ')
    .filter((word) => word.startsWith('--'));
  const child = startChild({
    name: 'outrigger',
    command: process.execPath,
    home: folder,
    logFile: file('log'),
    args: [
      ...flags,
      ...nodeArgs,
      bundle,
      'serve',
      '--self-signed',
      '--offline',
      `--namespaces=${file('namespaces.yaml')}`,
      `--config=${file('outrigger.yaml')}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      `--ops-port=${opsPort}`,
    ],
  });
  onTestFinished(async () => {
    await child.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  await pollUntil(async () => (await fetch(`http://127.0.0.1:${opsPort}/ready`)).ok, {
    timeoutMs: 60_000,
    what: 'the program to be ready',
  });
  return {
    port,
    opsPort,
    isRunning: () => child.isRunning(),
    peakMiB() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1]) / 1024;
    },
    lines: () =>
      readFileSync(file('log'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: (signal) => child.stop(signal),
  };
}
