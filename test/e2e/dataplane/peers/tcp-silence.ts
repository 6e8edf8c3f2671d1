/** A client that says nothing for a while, to a server that speaks first. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Silence {
  /** What came while the client was silent. */
  readonly before: string;
  /** What came after its first word. */
  readonly after: string;
}

export async function keepSilent(host: string, port: number, silenceMs: number): Promise<Silence> {
  const socket = connect({ host, port, timeout: 20_000 }).setEncoding('utf8');
  socket.once('timeout', () => socket.destroy(new Error('nothing came for 20 s')));
  let text = '';
  socket.on('data', (part: string) => {
    text += part;
  });
  await Promise.race([delay(silenceMs), once(socket, 'data'), once(socket, 'close')]);
  const before = text;
  text = '';
  socket.write('word');
  while (!text.endsWith('word')) await once(socket, 'data');
  socket.destroy();
  return { before, after: text };
}
