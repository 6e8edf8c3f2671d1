/** Clients that dial many ports, or one port many times. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const atOnce = 32;

/** Says the text to each port and waits until the connection ends; how many of them answered something. */
export async function scanPorts(host: string, ports: readonly number[], text: string): Promise<number> {
  let answered = 0;
  for (let start = 0; start < ports.length; start += atOnce) {
    const some = ports.slice(start, start + atOnce);
    const answers = await Promise.all(some.map((port) => say(host, port, text)));
    answered += answers.filter((answer) => answer !== '').length;
  }
  return answered;
}

function say(host: string, port: number, text: string): Promise<string> {
  const socket = connect({ host, port, timeout: 10_000 });
  socket.once('timeout', () => socket.destroy());
  socket.on('error', () => socket.destroy());
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
  socket.write(text);
  return new Promise((resolve) => socket.once('close', () => resolve(answer)));
}

/** Echoed connections at a steady rate, each with so many bytes there and back. Rejects where one is not whole. */
export async function echoSteadily(
  host: string,
  port: number,
  { count, perSecond, bytes }: { count: number; perSecond: number; bytes: number },
): Promise<void> {
  const start = performance.now();
  for (let index = 0; index < count; index += 1) {
    await delay(Math.max(0, start + (index * 1000) / perSecond - performance.now()));
    const socket = connect({ host, port, timeout: 10_000 });
    socket.end(Buffer.alloc(bytes, 'x'));
    const echoed = Buffer.concat((await socket.toArray()) as Buffer[]);
    if (echoed.length !== bytes) throw new Error(`${echoed.length} of ${bytes} bytes came back`);
  }
}
