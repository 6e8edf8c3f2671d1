import { join } from 'node:path';
import { runCommand, runCommandOk, type CommandResult } from '../process/run-command.ts';

export interface KubectlOptions {
  /** For `-f -`. */
  readonly stdin?: string;
  /** Default 60 s; kubectl is killed then. */
  readonly timeoutMs?: number;
}

export interface Kubectl {
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<CommandResult>;
  kubectlOk(args: readonly string[], options?: KubectlOptions): Promise<string>;
}

/** kubectl with one kubeconfig, and its home in `dir`: neither configuration nor cache of the caller counts. */
export function createKubectl(command: string, kubeconfig: string, dir: string): Kubectl {
  const settle = ({ stdin = '', timeoutMs = 60_000 }: KubectlOptions = {}) => ({
    stdin,
    timeoutMs,
    cwd: dir,
    env: { PATH: process.env['PATH'], HOME: join(dir, 'home'), KUBECONFIG: kubeconfig },
  });
  return {
    kubectl: (args, options) => runCommand(command, args, settle(options)),
    kubectlOk: (args, options) => runCommandOk(command, args, settle(options)),
  };
}
