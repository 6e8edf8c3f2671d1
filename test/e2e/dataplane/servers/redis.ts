import { ensureDebianParts } from '../../parts/debian.ts';
import type { Host } from '../network/host.ts';
import { startServer } from './start-server.ts';

/** Starts Redis with nothing on disk, open to all, and waits until it listens. */
export async function startRedis(host: Host, port: number): Promise<void> {
  const debian = await ensureDebianParts();
  const args = ['--port', String(port), '--protected-mode', 'no', '--save', '', '--appendonly', 'no'];
  const command = await debian.find('redis-server');
  await startServer(host, 'redis', { command, args, env: debian.env }, [port]);
}

/** Runs commands, one a line, by Redis' own client, which writes RESP. Throws with its words. */
export async function runRedisCli(
  client: Host,
  server: Host,
  port: number,
  commands: readonly string[],
): Promise<string> {
  const debian = await ensureDebianParts();
  const { code, stdout, stderr } = await client.run({
    command: await debian.find('redis-cli'),
    args: ['-h', server.ip, '-p', String(port)],
    env: debian.env,
    stdin: `${commands.join('\n')}\n`,
  });
  if (code !== 0 || stderr) throw new Error(`${stdout}${stderr}`);
  return stdout.trim();
}
