import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Terminal } from '../../src/commands/command.ts';

/** A terminal that is not one, and what was written to it when it is closed. */
export function createTerminal(): {
  readonly terminal: Terminal;
  readonly close: () => Promise<{ readonly stdout: string; readonly stderr: string }>;
} {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const read = Promise.all([text(stdout), text(stderr)]);
  return {
    terminal: { stdout, stderr, colours: false },
    async close() {
      stdout.end();
      stderr.end();
      const [out, err] = await read;
      return { stdout: out, stderr: err };
    },
  };
}
