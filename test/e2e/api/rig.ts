import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { installWebhook, type InstalledWebhook } from '../cluster/install-webhook.ts';
import type { WebhookOptions } from '../cluster/webhook-configurations.ts';
import { createProgram, type Program, type ProgramOptions } from './program.ts';

/** A control plane of a test file's own, and the program at work in it. */
export interface Rig {
  readonly cp: ControlPlane;
  readonly program: Program;
  /** Registers the program with the API server, again and again; resolves when that is in effect. */
  install(options?: Partial<WebhookOptions>): Promise<InstalledWebhook>;
  stop(): Promise<void>;
}

/** Starts all of it, and registers the program with failurePolicy Fail. */
export async function startRig(options: ProgramOptions = {}): Promise<Rig> {
  const cp = await startControlPlane();
  let program: Program | undefined;
  const stop = async () => {
    await program?.stop('SIGKILL');
    await cp.stop();
  };
  try {
    program = await createProgram(cp, options);
    await program.start();
    const { url } = program;
    const install = (given: Partial<WebhookOptions> = {}) =>
      installWebhook(cp, { url, caBundle: cp.ca.certificate, failurePolicy: 'Fail', ...given });
    await install();
    return { cp, program, install, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
