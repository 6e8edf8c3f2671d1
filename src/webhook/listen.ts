import type { AddressInfo } from 'node:net';

interface Listener {
  listen(options: { readonly host: string; readonly port: number }): PromiseLike<unknown>;
  readonly server: { address(): AddressInfo | string | null };
}

/** @returns the port that was taken, which is another one than asked for where that was 0 */
export async function listenOn(app: Listener, host: string, port: number): Promise<number> {
  await app.listen({ host, port });
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
