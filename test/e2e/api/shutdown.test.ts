import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { pollUntil } from '../poll-until.ts';
import { createAdminApi, type AdminApi } from './admin-api.ts';
import { startLoad } from './load.ts';
import { createLabelledNamespace, podManifest } from './pods.ts';
import { createProgram, type Program } from './program.ts';
import { hasPatch, postReview, startDryRuns, untilMore } from './reviews.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;
let api: AdminApi;
let successor: Program;

beforeAll(async () => {
  // Long enough for a busy machine to have the API server call the successor.
  rig = await startRig({ shutdownDelay: '12s' });
  ({ cp } = rig);
  api = await createAdminApi(cp);
  successor = await createProgram(cp, { name: 'successor' });
  await createLabelledNamespace(cp, 'shop');
});
afterAll(async () => {
  api?.close();
  await successor?.stop();
  await rig?.stop();
});

describe('a webhook that is told to end under load', () => {
  it('answers until nobody asks any more, has connections closed, and ends with code 0', async () => {
    const { program } = rig;
    // As the API server does, it keeps its connection for the next review.
    const agent = new Agent({ keepAlive: true });
    const postOnKept = async () => {
      const answer = await postReview(program.url, cp.ca.certificate, podManifest('shop', 'dry'), agent);
      return [hasPatch(answer), answer.headers.connection];
    };
    const viaApiServer = startDryRuns(api, 'shop', 4);
    const direct = startLoad(2, async () => {
      const answer = await postReview(program.url, cp.ca.certificate, podManifest('shop', 'dry'));
      if (!hasPatch(answer)) throw new Error(`${answer.status} ${answer.body}`);
    });
    try {
      await untilMore(viaApiServer, 20);
      expect(await postOnKept()).toEqual([true, 'keep-alive']);
      process.kill(program.pid, 'SIGTERM');
      await pollUntil(async () => (await program.ops('/ready')).status === 503, {
        timeoutMs: 10_000,
        what: 'it not to be ready any more',
      });
      expect((await program.ops('/live')).status).toBe(200);
      for (let i = 0; i < 5; i++) expect(await postOnKept()).toEqual([true, 'close']);
      await Promise.all([untilMore(viaApiServer, 20), untilMore(direct, 10)]);
      // What the endpoints of a Service do for it in a cluster:
      await successor.start();
      await rig.install({ url: successor.url });
      await direct.stop();
      expect(program.isRunning()).toBe(true);
      await pollUntil(() => !program.isRunning(), { timeoutMs: 60_000, what: 'it to end' });
      await untilMore(viaApiServer, 20);
    } finally {
      await Promise.all([viaApiServer.stop(), direct.stop()]);
      agent.destroy();
    }
    expect(viaApiServer.failures).toEqual([]);
    expect(direct.failures).toEqual([]);
    expect(program.exitCode()).toBe(0);
    expect(await program.log()).toContain('shutting down');
  });

  it('has both of its ports closed then', async () => {
    await expect(rig.program.ops('/live')).rejects.toThrow(/ECONNREFUSED/);
    const answer = postReview(rig.program.url, cp.ca.certificate, podManifest('shop', 'dry'));
    await expect(answer).rejects.toThrow(/ECONNREFUSED/);
  });
});
