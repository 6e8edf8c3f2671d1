import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endAtExit, forget } from '../../process/leftovers.ts';
import type { Program } from './host.ts';

export interface Agent {
  /** Rejects with what the function threw. */
  readonly call: (module: string, name: string, args: readonly unknown[]) => Promise<unknown>;
  stop(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A Node process that `enter` puts into a host, and that calls functions there (see agent.ts). */
export function startAgent(
  host: string,
  logFile: string,
  enter: (program: Program) => readonly string[],
): Agent {
  const script = fileURLToPath(new URL('./agent.ts', import.meta.url));
  const [command = '', ...args] = enter({ command: process.execPath, args: [] });
  const log = openSync(logFile, 'a');
  const child = spawn(command, [...args, insideScript(enter, script)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { PATH: process.env['PATH'], HOME: '/' },
  });
  closeSync(log);
  const atExit = endAtExit(() => child.kill('SIGKILL'));
  const waiting = new Map<number, (reply: Reply) => void>();
  const failAll = (error: string): void => {
    for (const [id, settle] of waiting) settle({ id, error });
    waiting.clear();
  };
  child.on('message', (message) => {
    const reply = message as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.on('error', (error) => failAll(String(error)));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => {
    failAll(`the agent on ${host} has ended: see ${logFile}`);
    forget(atExit);
  });
  child.unref();
  child.channel?.unref();

  let lastId = 0;
  return {
    call: (module, name, callArgs) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        child.channel?.ref();
        waiting.set(id, ({ result, error }) => {
          if (waiting.size <= 1) child.channel?.unref();
          if (error === undefined) resolve(result);
          else reject(new Error(`${name} on ${host}: ${error}`));
        });
        child.send({ id, module: insideScript(enter, module), name, args: callArgs });
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Where a script is on the host: the last word of the command that would run it. */
function insideScript(enter: (program: Program) => readonly string[], script: string): string {
  return enter({ command: script }).at(-1) ?? script;
}
