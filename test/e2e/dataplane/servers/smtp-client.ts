import { fileURLToPath } from 'node:url';
import type { Host } from '../network/host.ts';

export interface Mail {
  readonly recipient: string;
  /** Headers, an empty line, the text. */
  readonly message: string;
  /** Default: plain text. */
  readonly startTls?: boolean;
}

const script = fileURLToPath(new URL('./smtp-send.py', import.meta.url));

/** Sends a message by Python's own client. Throws with the dialogue. */
export async function sendMail(client: Host, server: Host, port: number, mail: Mail): Promise<void> {
  const { code, stderr } = await client.run({
    command: 'python3',
    args: [
      client.inside(script),
      server.ip,
      String(port),
      mail.recipient,
      mail.startTls ? 'starttls' : 'plain',
    ],
    stdin: mail.message,
    uid: 0, // the machine's Python may be in root's own folder
  });
  if (code !== 0) throw new Error(`mail to ${server.name}: ${stderr.slice(-2000)}`);
}
