/** Whatever uid runs this asks the proxy's admin interface, on its abstract socket or by TCP. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

async function ask(options: object): Promise<AdminAnswer> {
  const sent = request({ agent: false, timeout: 10_000, ...options }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** Through the abstract Unix socket of this network namespace. */
export function askAdminSocket(method: string, path: string): Promise<AdminAnswer> {
  return ask({ socketPath: '\0outrigger-admin', method, path });
}

export function askAdminPort(host: string, port: number, method: string, path: string): Promise<AdminAnswer> {
  return ask({ host, port, method, path });
}
