/** Plain HTTP for kubelet and Prometheus: `/live`, `/ready`, `/metrics`. */
import { fastify } from 'fastify';
import { listenOn } from './listen.ts';
import type { WebhookMetrics } from './metrics.ts';

export interface OpsServer {
  /** @returns the port that was taken */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

/** @param notReady why no reviews should come here now, or undefined where they should */
export function createOpsServer(metrics: WebhookMetrics, notReady: () => string | undefined): OpsServer {
  const app = fastify({ forceCloseConnections: true });
  app.get('/live', () => 'live\n');
  app.get('/ready', (_, reply) => {
    const reason = notReady();
    return reply.code(reason === undefined ? 200 : 503).send(`${reason ?? 'ready'}\n`);
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return {
    listen: (host, port) => listenOn(app, host, port),
    close: () => app.close(),
  };
}
