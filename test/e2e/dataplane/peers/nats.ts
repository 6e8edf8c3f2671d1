/** A client of NATS' text protocol (docs.nats.io, "Client Protocol"): as much as publishing and subscribing take. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface Subscription {
  readonly messages: readonly string[];
  /** Why it has ended, if it has. */
  readonly end: string | undefined;
}

interface Session {
  readonly socket: Socket;
  readonly lines: AsyncIterator<string>;
  /** Until the server's first line. */
  readonly infoMs: number;
}

const subscriptions: { messages: string[]; end: string | undefined }[] = [];

/** Waits for INFO, subscribes, and answers the server's PINGs from then on. Messages must be one line each. */
export async function subscribe(
  host: string,
  port: number,
  subject: string,
): Promise<{ id: number; infoMs: number }> {
  const session = await open(host, port);
  session.socket.write(`SUB ${subject} 1\r\nPING\r\n`);
  await expectLine(session, 'PONG');
  const subscription: (typeof subscriptions)[number] = { messages: [], end: undefined };
  const id = subscriptions.push(subscription) - 1;
  void follow(session, subscription.messages).then(
    () => (subscription.end = 'closed'),
    (error: unknown) => (subscription.end = String(error)),
  );
  return { id, infoMs: session.infoMs };
}

async function follow({ socket, lines }: Session, messages: string[]): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return;
    if (value === 'PING') socket.write('PONG\r\n');
    else if (value.startsWith('MSG ')) messages.push(String((await lines.next()).value));
  }
}

export function readSubscription(id: number): Subscription {
  const subscription = subscriptions[id];
  if (subscription === undefined) throw new Error(`no subscription ${id}`);
  return subscription;
}

/** Publishes one message on a connection of its own and closes it when the server has it. */
export async function publish(
  host: string,
  port: number,
  subject: string,
  message: string,
): Promise<{ infoMs: number }> {
  const session = await open(host, port);
  session.socket.write(`PUB ${subject} ${Buffer.byteLength(message)}\r\n${message}\r\nPING\r\n`);
  await expectLine(session, 'PONG');
  session.socket.destroy();
  return { infoMs: session.infoMs };
}

/** @returns after INFO, with CONNECT written */
async function open(host: string, port: number): Promise<Session> {
  const start = performance.now();
  const socket = connect({ host, port });
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const { value } = await Promise.race([lines.next(), failed]);
  if (!value?.startsWith('INFO {')) throw new Error(`instead of INFO the server said: ${value}`);
  socket.write('CONNECT {"verbose":false,"pedantic":false,"name":"test"}\r\n');
  return { socket, lines, infoMs: performance.now() - start };
}

async function expectLine({ socket, lines }: Session, line: string): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the server closed before ${line}`);
    if (value === line) return;
    if (value === 'PING') socket.write('PONG\r\n');
    if (value.startsWith('-ERR')) throw new Error(value);
  }
}
