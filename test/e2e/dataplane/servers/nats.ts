import { ensureDebianParts } from '../../parts/debian.ts';
import type { Host } from '../network/host.ts';
import { startServer } from './start-server.ts';

/** Starts a NATS server, open to all, and waits until it listens. */
export async function startNats(host: Host, port: number): Promise<void> {
  const debian = await ensureDebianParts();
  const command = await debian.find('nats-server');
  const args = ['--addr', '0.0.0.0', '--port', String(port)];
  await startServer(host, 'nats', { command, args, env: debian.env }, [port]);
}
