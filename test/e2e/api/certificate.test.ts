import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { createCertificateAuthority } from '../cluster/pki.ts';
import { pollUntil } from '../poll-until.ts';
import { createAdminApi, type AdminApi } from './admin-api.ts';
import { startLoad, type Load } from './load.ts';
import { readMetric } from './metrics.ts';
import { createLabelledNamespace, podManifest } from './pods.ts';
import type { Program } from './program.ts';
import { hasPatch, postReview, startDryRuns, untilMore } from './reviews.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let cp: ControlPlane;
let program: Program;
let api: AdminApi;

beforeAll(async () => {
  rig = await startRig();
  ({ cp, program } = rig);
  api = await createAdminApi(cp);
  await createLabelledNamespace(cp, 'shop');
});
afterAll(async () => {
  api?.close();
  await rig?.stop();
});

/** Who signed the certificate that a new connection gets. */
function issuerNow(ca: string): Promise<string | undefined> {
  const { hostname: host, port } = new URL(program.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca }, () => {
      const { CN } = socket.getPeerCertificate().issuer;
      resolve(Array.isArray(CN) ? CN[0] : CN);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('a certificate of another authority', () => {
  it('takes over under load, caBundle and all, without one failed review', async () => {
    const next = await createCertificateAuthority('outrigger e2e, the next');
    const both = `${cp.ca.certificate}\n${next.certificate}\n`;
    const loads: Load[] = [
      startDryRuns(api, 'shop', 4),
      startLoad(2, async () => {
        const answer = await postReview(program.url, both, podManifest('shop', 'dry'));
        if (!hasPatch(answer)) throw new Error(`${answer.status} ${answer.body}`);
      }),
    ];
    const [viaApiServer, direct] = loads as [Load, Load];
    const goOn = () => Promise.all([untilMore(viaApiServer, 40), untilMore(direct, 20)]);
    try {
      await goOn();
      expect(await issuerNow(both)).toBe('outrigger e2e');

      await rig.install({ caBundle: both });
      await goOn();
      await program.replaceCertificate(await next.issueServer(['127.0.0.1']));
      await pollUntil(async () => (await issuerNow(both)) === 'outrigger e2e, the next', {
        timeoutMs: 30_000,
        what: 'the new certificate to be served',
      });
      await goOn();
      // From here on the API server accepts nothing but the new one.
      await rig.install({ caBundle: next.certificate });
      await goOn();
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
    }
    expect(viaApiServer.failures).toEqual([]);
    expect(direct.failures).toEqual([]);
    // Such a change is no good if nobody would notice a bad one.
    await expect(issuerNow(cp.ca.certificate)).rejects.toThrow(/certificate/);
  });

  it('is in the metrics and in the log', async () => {
    const notAfter = readMetric(await program.metrics(), 'outrigger_certificate_not_after_timestamp_seconds');
    expect(notAfter).toBeGreaterThan(Date.now() / 1000);
    await pollUntil(async () => (await program.log()).includes('certificate reloaded'), {
      timeoutMs: 10_000,
      what: 'its line in the log',
    });
  });
});

describe('a certificate that does not fit its key', () => {
  it('is not taken: the old one goes on', async () => {
    const [one, other] = [await cp.ca.issueServer(['127.0.0.1']), await cp.ca.issueServer(['127.0.0.1'])];
    await program.replaceCertificate({ certificate: one.certificate, key: other.key });
    await pollUntil(async () => (await program.log()).includes('cannot take the certificate files'), {
      timeoutMs: 30_000,
      what: 'the complaint in the log',
    });
    const load = startDryRuns(api, 'shop', 2);
    try {
      await untilMore(load, 20);
    } finally {
      await load.stop();
    }
    expect(load.failures).toEqual([]);
    await program.replaceCertificate(one);
    await pollUntil(async () => (await issuerNow(cp.ca.certificate)) === 'outrigger e2e', {
      timeoutMs: 30_000,
      what: 'the sound certificate to be served',
    });
  });
});
