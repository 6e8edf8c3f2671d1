#!/usr/bin/env -S node --max-semi-space-size=2
/**
 * The program's edge: the only file that touches arguments, environment, signals and exit codes.
 *
 * The flag caps V8's space for new objects, which grows to 48 MiB under load and is never given back. Reviews
 * leave nothing behind, so a small one does as well; it cannot be set once the program runs.
 */
import { fstatSync, writeFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import closeWithGrace from 'close-with-grace';
import { cannotWrite } from '../commands/cannot-write.ts';
import type { Terminal } from '../commands/command.ts';
import { runCommandLine } from '../commands/command-line.ts';
import { exitCodeOf, OutriggerError } from '../errors.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  writeFileSync(2, `outrigger: Node 24 or newer is needed; this is ${process.version}\n`);
  process.exit(1);
}

/**
 * Node keeps compiled code, which makes a short command a sixth faster from the second time on. Beside the program:
 * who may write there may change the program as well; where nobody may, nothing is kept. The webhook starts once.
 */
if (import.meta.filename.endsWith('.js') && process.argv[2] !== 'serve')
  enableCompileCache(path.join(import.meta.dirname, 'compiled'));

const terminal: Terminal = {
  stdout: process.stdout,
  colours: process.stdout.isTTY && process.stdout.hasColors(),
  stderr: { write: writeReport },
  get isWatched() {
    return fstatSync(2).isCharacterDevice() && process.stderr.isTTY;
  },
  stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
};

/** Without a stream: where stderr is a pipe, opening one loads all of Node's network code, for a line. */
function writeReport(text: string): void {
  try {
    writeFileSync(2, text);
  } catch {
    process.stderr.write(text);
  }
}

// Node would open its debugger, to whoever may connect to this machine's port 9229.
process.on('SIGUSR1', () => undefined);

// A reader that has seen enough (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(cannotWrite(error));
  process.exit();
});

function fail(error: unknown): void {
  const isExpected = error instanceof OutriggerError;
  const text = isExpected ? error.message : error instanceof Error ? (error.stack ?? '') : String(error);
  process.stderr.write(`${text.replaceAll(/^/gmu, 'outrigger: ')}\n`);
  process.exitCode = isExpected ? exitCodeOf(error.code) : 1;
}

try {
  const running = await runCommandLine(process.argv.slice(2), terminal);
  if (running)
    // A second signal ends the program at once.
    closeWithGrace({ delay: running.closeWithinMs, logger: false }, async ({ err }) => {
      if (err) process.stderr.write(`outrigger: ${err.stack ?? err.message}\n`);
      await running.close();
    });
} catch (error) {
  fail(error);
  // What has been started by then, such as a server, would go on.
  process.exit();
}
