import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getText } from '../api/http-text.ts';
import { createLabelledNamespace, setting } from '../api/pods.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { applyManifests } from '../cluster/objects.ts';
import { mariadbUser } from '../parts/mariadb-data.ts';
import { imageNames } from '../parts/pod-images.ts';
import { pollUntil } from '../poll-until.ts';
import { deployment, greeterPort, httpPort, webContainer } from './apps.ts';
import { execIn, isReady, logOf, waitForFailedProbe, waitForPodsThat, waitForReadyPod } from './pods.ts';
import { startPodsRig, type PodsRig } from './rig.ts';

let rig: PodsRig;
let cp: ControlPlane;

beforeAll(async () => {
  rig = await startPodsRig();
  cp = rig.cp;
});

afterAll(() => rig?.stop());

describe.concurrent('a tcpSocket probe', () => {
  it.each([
    ['a number', 'by-number', greeterPort],
    ['a name', 'by-name', 'greeter'],
  ])('of a port given by %s passes while something listens there, and only then', async (...row) => {
    const [, namespace, port] = row;
    await createLabelledNamespace(cp, namespace);
    const container = webContainer(['--greeter-off'], {
      ports: [{ containerPort: httpPort }, { name: 'greeter', containerPort: greeterPort }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1, failureThreshold: 1 },
    });
    await applyManifests(cp, [deployment(namespace, 'web', { spec: { containers: [container] } })]);
    const isUp = () => waitForPodsThat(cp, { namespace, app: 'web' }, isReady);
    const isDown = () => waitForPodsThat(cp, { namespace, app: 'web' }, (pod) => !isReady(pod));

    expect(await waitForFailedProbe(cp, namespace, 'web')).toContain('statuscode: 503');
    const [pod] = await isDown();
    const turn = (way: 'on' | 'off') => getText(`http://${pod!.status.podIP}:${httpPort}/greeter/${way}`);
    await turn('on');
    await isUp();
    await turn('off');
    await isDown();
    await turn('on');
    await isUp();
  });
});

describe.concurrent('a MariaDB that blocks hosts after ten bad connections', () => {
  const namespace = 'database';
  const blocksAfter = 10;

  // Its port is skipped on the way in by default; here the probes go through the proxy.
  it.each([
    ['a number', 'by-number', 3306],
    ['a name', 'by-name', 'mysql'],
  ])('serves its clients, whatever the probes of its port, given by %s', async (_, app, port) => {
    await createLabelledNamespace(cp, namespace, { [setting('skip-inbound-ports')]: 'default,!3306' });
    const container = {
      name: 'database',
      image: imageNames.mariadb,
      args: [`--max-connect-errors=${blocksAfter}`, '--log-warnings=4'],
      ports: [{ name: 'mysql', containerPort: 3306 }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    };
    const client = {
      name: 'client',
      image: imageNames.mariadb,
      args: ['--port=3307', '--socket=/tmp/client'],
    };
    await applyManifests(cp, [
      deployment(namespace, app, { spec: { containers: [container] } }),
      deployment(namespace, `${app}-client`, { spec: { containers: [client] } }),
    ]);
    const [database, asking] = await Promise.all([
      waitForReadyPod(cp, namespace, app),
      waitForReadyPod(cp, namespace, `${app}-client`),
    ]);
    await pollUntil(
      async () =>
        (await logOf(database, 'database', cp)).split('Aborted connection').length > blocksAfter + 2,
      { timeoutMs: 90_000, what: 'more probes than would block a host', intervalMs: 500 },
    );
    const login = ['-h', database.status.podIP!, '-u', mariadbUser, '-N', '-e', 'select "served"'];
    expect(await execIn(asking, 'client', ['/usr/sbin/mariadb', ...login], cp)).toBe('served\n');
  });
});
