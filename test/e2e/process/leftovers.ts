// What must not outlive this process: daemons and temporary folders. Ends them when the process exits or is
// told to by a signal. (SIGKILL runs nothing: see startChild for what the kernel does then.)

type Cleanup = () => unknown;

const cleanups = new Set<Cleanup>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Registers synchronous work for the end of this process; hand the result to {@link forget} when it is done. */
export function endAtExit(cleanup: Cleanup): Cleanup {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return cleanup;
}

/** Takes back {@link endAtExit}. */
export function forget(cleanup: Cleanup): void {
  cleanups.delete(cleanup);
  if (cleanups.size === 0) stopListening();
}

function runCleanups(): void {
  // The latest first: daemons before the folder they write to.
  for (const cleanup of [...cleanups].toReversed()) {
    try {
      cleanup();
    } catch {
      // The others must still be run, and at exit nobody is left to tell.
    }
  }
  cleanups.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  runCleanups();
  stopListening();
  process.kill(process.pid, signal); // now without our handler: what it would have done anyway
}

function listen(): void {
  process.on('exit', runCleanups);
  for (const signal of signals) process.on(signal, onSignal);
}

function stopListening(): void {
  process.off('exit', runCleanups);
  for (const signal of signals) process.off(signal, onSignal);
}
