/** The bundle in the webhook configurations: read, compared, written where it is another one. */
import type { TargetView } from './publication.ts';
import type { BundleTarget, StoredTarget } from './world.ts';

export interface TargetReading {
  readonly target: BundleTarget;
  /** Undefined if there is none, or if it could not be read. */
  readonly stored: StoredTarget | undefined;
  readonly failure?: unknown;
}

export function readTargets(targets: readonly BundleTarget[]): Promise<readonly TargetReading[]> {
  return Promise.all(
    targets.map(async (target) => {
      try {
        return { target, stored: await target.read() };
      } catch (failure) {
        return { target, stored: undefined, failure };
      }
    }),
  );
}

export function viewOf({ target, stored, failure }: TargetReading, bundle: string): TargetView {
  const isRight = failure === undefined ? stored?.bundles.every((one) => one === encode(bundle)) : false;
  return { name: target.name, isRight };
}

export interface Published {
  /** Names of the configurations. */
  readonly written: readonly string[];
  readonly failures: readonly unknown[];
}

/** Who was slower than somebody else has written nothing, and reads again. */
export async function publishTo(readings: readonly TargetReading[], bundle: string): Promise<Published> {
  const written: string[] = [];
  const failures: unknown[] = [];
  for (const { target, stored } of readings) {
    if (stored === undefined) continue;
    try {
      if ((await target.publish(encode(bundle), stored)) === 'written') written.push(target.name);
    } catch (error) {
      failures.push(error);
    }
  }
  return { written, failures };
}

const encode = (pem: string): string => Buffer.from(pem).toString('base64');
