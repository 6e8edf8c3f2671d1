/** What the webhook knows of its cluster: a real one, or a file that stands for it. */
import { hostname } from 'node:os';
import { OutriggerError } from '../errors.ts';
import { connect, type KubernetesClient } from '../kubernetes/client.ts';
import { startEventRecorder } from '../kubernetes/events.ts';
import { startNamespaceCache } from '../kubernetes/namespaces.ts';
import { fetchServerVersion } from '../kubernetes/version.ts';
import type { Keys } from '../settings/keys.ts';
import type { NamespaceSource, ReviewEvent } from '../webhook/dependencies.ts';
import type { LogLine } from './log.ts';
import { readNamespacesFile } from './namespaces-file.ts';

export interface Cluster {
  readonly namespaces: NamespaceSource & { readonly size: number };
  /** Why reviews cannot be answered yet, or undefined where they can. */
  notReady(): string | undefined;
  hasNativeSidecars(): boolean;
  recordEvent(event: ReviewEvent): void;
  droppedEvents(): number;
  /** The namespace that the program itself runs in. */
  readonly ownNamespace?: string;
  stop(): Promise<void>;
}

/** Namespaces from a file, and a current Kubernetes. */
export async function openOffline(file: string): Promise<Cluster> {
  return {
    namespaces: await readNamespacesFile(file),
    notReady: () => undefined,
    hasNativeSidecars: () => true,
    recordEvent: () => undefined,
    droppedEvents: () => 0,
    stop: () => Promise.resolve(),
  };
}

/**
 * Finds the API server; nothing is sent before the cluster is started.
 * @throws OutriggerError with code `cluster` where there is no usable kubeconfig
 */
export async function connectCluster(kubeconfig: string | undefined): Promise<KubernetesClient> {
  try {
    return await connect(kubeconfig === undefined ? {} : { kubeconfig });
  } catch (error) {
    throw new OutriggerError('cluster', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/** Starts watching. Never fails: what cannot be reached is tried again, and `notReady` says so. */
export function startCluster(
  client: KubernetesClient,
  keys: Keys,
  ownNamespace: string | undefined,
  log: LogLine,
): Cluster {
  const namespaces = startNamespaceCache({ client, keys, log });
  const events = startEventRecorder({ client, reportingInstance: hostname(), log });
  const version = watchVersion(client, log);
  return {
    namespaces,
    notReady() {
      if (!namespaces.isSynced()) return 'the namespaces are not listed yet';
      return version.hasNativeSidecars() === undefined
        ? "the API server's version is not known yet"
        : undefined;
    },
    hasNativeSidecars: () => version.hasNativeSidecars() ?? true,
    recordEvent: (event) => events.record(event),
    droppedEvents: () => events.dropped,
    ...(ownNamespace !== undefined && { ownNamespace }),
    async stop() {
      version.stop();
      namespaces.stop();
      await events.stop();
      client.close();
    },
  };
}

const hourMs = 3_600_000;
const retryMs = 2000;

/** From 1.32 on, every kubelet that an API server supports is 1.29 or newer and knows restartable init containers. */
const nativeSince = { major: 1, minor: 32 };

function watchVersion(
  client: KubernetesClient,
  log: LogLine,
): { hasNativeSidecars(): boolean | undefined; stop(): void } {
  let native: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const read = async (): Promise<void> => {
    try {
      const { major, minor } = await fetchServerVersion(client);
      native = major > nativeSince.major || (major === nativeSince.major && minor >= nativeSince.minor);
    } catch (error) {
      log(
        'warn',
        { error: error instanceof Error ? error.message : String(error) },
        'the API server did not tell its version',
      );
    }
    if (!isStopped) timer = setTimeout(() => void read(), native === undefined ? retryMs : hourMs).unref();
  };
  void read();
  return {
    hasNativeSidecars: () => native,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
