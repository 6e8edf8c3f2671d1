/** A server that knows its clients by their connections, as with NTLM, and clients that keep theirs open. */
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

const numbers = new WeakMap<Socket, number>();
let lastNumber = 0;

/** Answers each request with the number of the connection that it came on. */
export async function startIdentityServer(port: number): Promise<void> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.end(`${numbers.get(request.socket)}`);
  });
  server.on('connection', (socket) => numbers.set(socket, ++lastNumber));
  server.listen(port, '::');
  await once(server, 'listening');
}

const clients = new Map<string, Agent>();

/** One request on the connection of a client, which is opened by its first one. */
async function askAs(client: string, url: string): Promise<number> {
  const agent = clients.get(client) ?? new Agent({ keepAlive: true, maxSockets: 1 });
  clients.set(client, agent);
  const sent = request(url, { agent, timeout: 20_000 }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return Number(await text(response));
}

/** Requests of all clients at once, in rounds: the numbers of the connections on which those of each came. */
export async function askInTurns(
  names: readonly string[],
  url: string,
  rounds: number,
): Promise<Readonly<Record<string, number[]>>> {
  const seen: Record<string, Set<number>> = {};
  for (let round = 0; round < rounds; round += 1) {
    const asked = names.map(async (name) => (seen[name] ??= new Set()).add(await askAs(name, url)));
    await Promise.all(asked);
  }
  return Object.fromEntries(Object.entries(seen).map(([name, set]) => [name, [...set]]));
}

export function disconnect(client: string): void {
  clients.get(client)?.destroy();
  clients.delete(client);
}
