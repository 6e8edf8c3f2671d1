import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/webhook/metrics.ts';
import { createOpsServer } from '../../src/webhook/ops.ts';

async function startOps(notReady: () => string | undefined = () => undefined): Promise<string> {
  const metrics = createMetrics({
    namespaces: () => 0,
    isSynced: () => false,
    certificateNotAfter: () => new Date(0),
    reloadFailures: () => 0,
    bundleRepairs: () => 0,
    droppedEvents: () => 0,
  });
  const server = createOpsServer(metrics, notReady);
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${port}`;
}

describe('the ops server', () => {
  it('is ready when nothing speaks against it, and says what does', async () => {
    let reason: string | undefined = 'the namespaces are not listed yet';
    const url = await startOps(() => reason);
    const before = await fetch(`${url}/ready`);
    expect([before.status, await before.text()]).toEqual([503, 'the namespaces are not listed yet\n']);
    reason = undefined;
    const after = await fetch(`${url}/ready`);
    expect([after.status, await after.text()]).toEqual([200, 'ready\n']);
  });

  it('lives also while it is not ready', async () => {
    const url = await startOps(() => 'shutting down');
    const answer = await fetch(`${url}/live`);
    expect([answer.status, await answer.text()]).toEqual([200, 'live\n']);
  });

  it('gives the metrics in the format that Prometheus reads', async () => {
    const answer = await fetch(`${await startOps()}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/u);
    expect(await answer.text()).toContain('# TYPE outrigger_namespace_cache_size gauge');
  });

  it.each(['/', '/mutate', '/debug/pprof', '/%zz'])('has nothing at %s', async (path) => {
    const answer = await fetch(`${await startOps()}${path}`);
    expect([400, 404]).toContain(answer.status);
  });
});
