/** FerretDB on SQLite, a real server of MongoDB's protocol, and a client with MongoDB's own driver. */
import { ensureGoProgram } from '../../parts/go-program.ts';
import type { Host } from '../network/host.ts';
import { startServer } from './start-server.ts';

/** Starts it and waits until it listens. */
export async function startFerretdb(host: Host, port: number): Promise<void> {
  const command = await ensureGoProgram('ferretdb-server');
  const data = host.inside(await host.makeDir('ferretdb'));
  await startServer(host, 'ferretdb', { command, args: [`0.0.0.0:${port}`, data] }, [port]);
}

export interface Documents {
  /** A new one. */
  readonly collection: string;
  readonly count: number;
  /** Of each document's text: its letter is the alphabet's by the document's index, repeated. */
  readonly size: number;
}

/** Inserts documents and reads them back: the sum of their sizes and the SHA-256 of their texts. Throws with its words. */
export async function roundTripDocuments(
  client: Host,
  server: Host,
  port: number,
  { collection, count, size }: Documents,
): Promise<string> {
  const command = await ensureGoProgram('ferretdb-client');
  const args = [`${server.ip}:${port}`, collection, String(count), String(size)];
  const { code, stdout, stderr } = await client.run({ command, args });
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}
