/** Connections that are kept open, for what ends them. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

let open = 0;

/** How many of the connections are still there. */
export function countOpen(): number {
  return open;
}

/** Opens connections to an echo server, each of which has echoed something. */
export async function holdConnections(host: string, port: number, count: number): Promise<void> {
  const opened = Array.from({ length: count }, async () => {
    const socket = connect({ host, port });
    socket.once('close', () => {
      open -= 1;
    });
    socket.on('error', () => undefined).write('hello');
    await once(socket, 'data');
    open += 1;
  });
  await Promise.all(opened);
}

/** Opens a connection with so many requests whose bodies do not end, each of them under way. */
export async function holdStreams(host: string, port: number, count: number): Promise<void> {
  const session = connectHttp2(`http://${host}:${port}`);
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
  for (let index = 0; index < count; index += 1) {
    const stream = session.request({ ':method': 'POST', 'x-want-hint': '1' }, { endStream: false });
    stream
      .on('error', () => undefined)
      .once('close', () => {
        open -= 1;
      });
    stream.write('begun');
    await once(stream, 'headers');
    open += 1;
  }
}
