/** A client that asks a proxy for a tunnel (CONNECT) and talks to an echo server through it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Tunnel {
  /** Of the proxy's response. */
  readonly head: string;
  /** What came back of two messages, the second after the pause. */
  readonly echo: string;
  /** What came after we had ended our side. */
  readonly rest: string;
}

export interface TunnelOptions {
  /** Address and port. */
  readonly target: string;
  /** User and password, with a colon between. */
  readonly credentials?: string;
  readonly idleMs?: number;
}

export async function talkThroughTunnel(
  host: string,
  port: number,
  { target, credentials, idleMs = 0 }: TunnelOptions,
): Promise<Tunnel> {
  const socket = connect({ host, port }).setEncoding('latin1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const authorization = credentials === undefined ? [] : [`Proxy-Authorization: Basic ${btoa(credentials)}`];
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...authorization, '', ''];
  socket.write(lines.join('\r\n'));
  const head = await readUntil(socket, (text) => text.includes('\r\n\r\n'));
  if (!/^HTTP\/1\.\d 200/u.test(head)) {
    socket.destroy();
    return { head, echo: '', rest: '' };
  }
  socket.write('before ');
  const before = await readUntil(socket, (text) => text.endsWith('before '));
  await Promise.race([delay(idleMs), once(socket, 'close')]);
  socket.write('after');
  const after = await readUntil(socket, (text) => text.endsWith('after'));
  socket.end();
  const rest = await readUntil(socket, (text) => text.includes('farewell'));
  socket.destroy();
  return { head, echo: before + after, rest };
}

/** Reads until the text is enough, the connection ends or 20 s have passed. */
function readUntil(socket: Socket, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    const timer = setTimeout(finish, 20_000);
    function finish(): void {
      clearTimeout(timer);
      socket.off('data', take).off('close', finish);
      resolve(text);
    }
    function take(part: string): void {
      text += part;
      if (isEnough(text)) finish();
    }
    socket.on('data', take).once('close', finish);
    if (socket.closed) finish();
  });
}
