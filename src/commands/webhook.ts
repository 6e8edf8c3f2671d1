/** The webhook, put together: what `serve` and `demo` start. */
import { OutriggerError } from '../errors.ts';
import type { InjectContext } from '../inject/context.ts';
import type { NamespaceSource, ReviewEvent, ReviewLine } from '../webhook/dependencies.ts';
import { createHandshakeErrors } from '../webhook/handshake-errors.ts';
import { createMetrics } from '../webhook/metrics.ts';
import { createOpsServer } from '../webhook/ops.ts';
import { createWebhookServer } from '../webhook/server.ts';
import type { ServingCertificate } from './certificate.ts';
import type { Running } from './command.ts';
import type { LogLine } from './log.ts';

export interface WebhookParts {
  readonly context: () => InjectContext;
  readonly certificate: ServingCertificate;
  readonly namespaces: NamespaceSource & { readonly size: number };
  /** Why reviews cannot be answered yet, or undefined where they can. */
  readonly notReady: () => string | undefined;
  readonly recordEvent: (event: ReviewEvent) => void;
  readonly droppedEvents: () => number;
  readonly logReview: (line: ReviewLine) => void;
  readonly logError: (error: unknown, message: string) => void;
  readonly log: LogLine;
}

export interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly opsPort: number;
}

export interface RunningWebhook extends Running {
  readonly port: number;
  readonly opsPort: number;
}

/** What is still being answered after the shutdown delay may take this long. */
const lastAnswersMs = 30_000;

/**
 * Starts both servers.
 * @throws OutriggerError with code `listen` where an address is taken
 */
export async function startWebhook(
  parts: WebhookParts,
  addresses: Addresses,
  shutdownDelayMs: number,
): Promise<RunningWebhook> {
  const { certificate, namespaces } = parts;
  let isClosing = false;
  const notReady = (): string | undefined =>
    isClosing ? 'shutting down' : (parts.notReady() ?? certificate.notReady?.());
  const metrics = createMetrics({
    namespaces: () => namespaces.size,
    isSynced: () => parts.notReady() === undefined,
    certificateNotAfter: () => certificate.notAfter,
    droppedEvents: parts.droppedEvents,
    reloadFailures: () => certificate.reloadFailures,
    bundleRepairs: () => certificate.bundleRepairs ?? 0,
  });
  const handshakes = createHandshakeErrors({
    count: (reason) => metrics.countHandshakeError(reason),
    log: parts.log,
  });
  const server = createWebhookServer({
    ...certificate.current,
    maxInFlight: parts.context().installation.config.server.maxInFlight,
    dependencies: {
      ...parts,
      logReview(line) {
        metrics.count(line);
        parts.logReview(line);
      },
    },
  });
  const ops = createOpsServer(metrics, notReady);
  server.onHandshakeError((error) => handshakes.note(error));
  certificate.onChange((pair) => server.setCertificate(pair));
  const port = await listen(server, addresses.host, addresses.port);
  const opsPort = await listen(ops, addresses.host, addresses.opsPort).catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  return {
    port,
    opsPort,
    closeWithinMs: shutdownDelayMs + lastAnswersMs,
    async close() {
      isClosing = true;
      // Before anything else: who is about to go must not write into the cluster any more.
      certificate.stop();
      server.drain();
      await new Promise((resolve) => setTimeout(resolve, shutdownDelayMs));
      await server.close();
      await ops.close();
    },
  };
}

interface Listening {
  listen(host: string, port: number): Promise<number>;
}

async function listen(server: Listening, host: string, port: number): Promise<number> {
  try {
    return await server.listen(host, port);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutriggerError('listen', `cannot listen on ${host}:${port}: ${reason}`, { cause: error });
  }
}
