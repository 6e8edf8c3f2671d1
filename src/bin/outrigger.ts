#!/usr/bin/env node
/** The program's edge: the only file that touches arguments, environment, signals and exit codes. */
import closeWithGrace from 'close-with-grace';
import type { Terminal } from '../commands/command.ts';
import { runCommandLine } from '../commands/command-line.ts';
import { exitCodeOf, OutriggerError } from '../errors.ts';

const terminal: Terminal = {
  stdout: process.stdout,
  stderr: process.stderr,
  colours: process.stdout.isTTY && process.stdout.hasColors(),
};

// A reader that has seen enough (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  const running = await runCommandLine(process.argv.slice(2), terminal);
  if (running)
    // A second signal ends the program at once.
    closeWithGrace({ delay: running.closeWithinMs, logger: false }, async ({ err }) => {
      if (err) process.stderr.write(`outrigger: ${err.stack ?? err.message}\n`);
      await running.close();
    });
} catch (error) {
  if (!(error instanceof OutriggerError)) throw error;
  process.stderr.write(`${error.message.replaceAll(/^/gmu, 'outrigger: ')}\n`);
  process.exitCode = exitCodeOf(error.code);
}
