#!/usr/bin/env -S node --max-semi-space-size=2
/**
 * The program's edge: the only file that touches arguments, environment, signals and exit codes.
 *
 * The flag caps V8's space for new objects, which grows to 48 MiB under load and is never given back. Reviews
 * leave nothing behind, so a small one does as well; it cannot be set once the program runs.
 */
import closeWithGrace from 'close-with-grace';
import type { Terminal } from '../commands/command.ts';
import { runCommandLine } from '../commands/command-line.ts';
import { exitCodeOf, OutriggerError } from '../errors.ts';

const terminal: Terminal = {
  stdout: process.stdout,
  colours: process.stdout.isTTY && process.stdout.hasColors(),
  // Opened when they are used, and not before.
  get stderr() {
    return process.stderr;
  },
  get isWatched() {
    return process.stderr.isTTY;
  },
  stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
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
  const isExpected = error instanceof OutriggerError;
  const text = isExpected ? error.message : error instanceof Error ? (error.stack ?? '') : String(error);
  process.stderr.write(`${text.replaceAll(/^/gmu, 'outrigger: ')}\n`);
  process.exitCode = isExpected ? exitCodeOf(error.code) : 1;
}
