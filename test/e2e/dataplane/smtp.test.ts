/** A real Postfix, which speaks first: on 25, which is known, and on 35, which has to be named. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import { peer } from './network/peer.ts';
import { createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import type * as greetingPeer from './peers/greeting.ts';
import { mailDomain, readMailbox, startPostfix } from './servers/postfix.ts';
import { sendMail } from './servers/smtp-client.ts';

const greeting = peer<typeof greetingPeer>('greeting');

const ports = [25, 35];

let placed: PlacedMesh;

beforeAll(async () => {
  const container = {
    name: 'mail',
    image: 'postfix:3',
    ports: ports.map((containerPort) => ({ containerPort })),
  };
  placed = await createPlacedMesh({
    client: { annotations: { 'config.linkerd.io/skip-outbound-ports': '35' } },
    server: { annotations: { 'config.linkerd.io/skip-inbound-ports': '35' }, containers: [container] },
  });
  await Promise.all(placed.servers.map((host) => startPostfix(host, ports)));
});
afterAll(() => placed?.mesh.stop());

describe.each([
  ['on 25 with no annotation', { port: 25, connections: 1 }],
  ['on 35 with skip-inbound-ports: 35 and skip-outbound-ports: 35', { port: 35, connections: 0 }],
])('SMTP %s', (_, { port, connections }) => {
  it.each(placements)('has its banner at once, %s', async (placement) => {
    const pair = placed.pair(placement);
    const { result, ms, traffic } = await trafficDuring(pair, port, () =>
      pair.client.use(greeting).readGreeting(pair.server.ip, port),
    );

    expect(result.text).toBe(`220 ${mailDomain} ESMTP Postfix\r\n`);
    expect(ms).toBeLessThan(2000);
    const expected = pair.proxies.map(() => [connections, 0]);
    expect(traffic.map(({ closed, waits }) => [closed, waits])).toEqual(expected);
  });

  describe.each([
    ['in plain text', false],
    ['after STARTTLS', true],
  ])('%s', (_title, startTls) => {
    it.each(placements)('has its mail delivered whole, %s', async (placement) => {
      const pair = placed.pair(placement);
      const subject = `${placement} to ${port} ${startTls ? 'encrypted' : 'plain'}`;
      const body = Array.from({ length: 2000 }, (_line, index) => `line ${index} of ${subject}`).join('\n');
      const mail = {
        recipient: `somebody@${mailDomain}`,
        message: `Subject: ${subject}\n\n${body}\n`,
        startTls,
      };
      const { traffic } = await trafficDuring(pair, port, () =>
        sendMail(pair.client, pair.server, port, mail),
      );

      const delivered = await pollUntil(
        async () => (await readMailbox(pair.server)).find((text) => text.includes(`Subject: ${subject}\n`)),
        { timeoutMs: 20_000, what: `the message "${subject}" in the mailbox` },
      );
      expect(delivered).toContain(body);
      expect(delivered).toContain(`with ${startTls ? 'ESMTPS' : 'ESMTP'} id`);
      const expected = pair.proxies.map(() => [connections, 0, connections > 0]);
      expect(traffic.map(({ closed, waits, read }) => [closed, waits, read > body.length])).toEqual(expected);
    });
  });
});
