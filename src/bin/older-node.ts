/** For a Node that is older than the program needs: starts it with the newer one that npm has brought along. */
import { spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @returns the path of a newer Node, or undefined if none was installed with us */
function findNode(): string | undefined {
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const node = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    accessSync(node, constants.X_OK);
    return node;
  } catch {
    return undefined;
  }
}

/** @param wanted the first major version that will do */
export function startWithNewerNode(wanted: number): void {
  const node = findNode();
  if (node === undefined) {
    writeFileSync(
      2,
      `outrigger: Node ${wanted} or newer is needed, and this is ${process.version}: install it, or install outrigger ` +
        'with npm’s optional packages and with the install script of its package "node" allowed\n',
    );
    process.exitCode = 1;
    return;
  }
  const program = fileURLToPath(new URL('outrigger.js', import.meta.url));
  const args = ['--max-semi-space-size=2', program, ...process.argv.slice(2)];
  runBeside(node, args);
}

/** Node cannot replace itself by another: the two go on side by side, and signals are passed on. */
function runBeside(node: string, args: readonly string[]): void {
  const child = spawn(node, args, { stdio: 'inherit' });
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
  for (const signal of signals)
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us, and a second signal would end the program at once.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.once('error', (error) => {
    writeFileSync(2, `outrigger: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
