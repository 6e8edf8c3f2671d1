/**
 * What the kernel redirects, against what the injector says: real rules by the real init container, and a
 * connection to each port at which one of them could be one off. In place of the proxy, "P" answers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { includesPort, singlePorts, union, type PortSet } from '../../../src/settings/values/port-set.ts';
import { ensureDebianParts } from '../parts/debian.ts';
import type { Host } from './network/host.ts';
import { injectManually } from './network/inject.ts';
import { runInitContainer } from './network/kubelet.ts';
import { createNetwork, type Network } from './network/network.ts';
import { peer } from './network/peer.ts';
import type * as lettersPeer from './peers/load-letters.ts';
import { boundaries, randomLists, selectedBy, setOfFlag } from './peers/load-rules.ts';

const letters = peer<typeof lettersPeer>('load-letters');
const isLong = process.env['OUTRIGGER_LONG'] === '1';
const proxyPorts = { inbound: 4143, outbound: 4140 } as const;
const ownPorts = singlePorts([4140, 4143, 4190, 4191]);

let network: Network;
let server: Host;
let pod: Host;

beforeAll(async () => {
  network = await createNetwork();
  server = await network.addHost('server');
  pod = await network.addHost('pod');
  await pod.use(letters).sayOn('P', pod.ip, [proxyPorts.inbound]);
  await pod.use(letters).sayOn('P', '127.0.0.1', [proxyPorts.outbound]);
});
afterAll(() => network?.stop());

/** Takes the rules of before out, injects a pod with the annotations, and runs its init container. */
async function redirect(settings: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const annotations = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`config.linkerd.io/${key}`, value]),
  );
  const parts = await ensureDebianParts();
  const command = await parts.find('iptables-nft');
  for (const args of [['-F'], ['-X']])
    await pod.run({ command, args: ['-t', 'nat', ...args], env: parts.env, uid: 0 });
  const { spec } = await injectManually({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', annotations },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  });
  const init = spec.initContainers![0]!;
  await runInitContainer(pod, init);
  return init.args ?? [];
}

/** A connection to each port of `to`: "P" from the proxy's place, "S" from the port itself. */
async function dial(from: Host, to: Host, ports: readonly number[]): Promise<Record<number, string>> {
  await to.use(letters).sayOn('S', to.ip, ports);
  const heard = await from.use(letters).hearFrom(to.ip, ports);
  return Object.fromEntries(ports.map((port, index) => [port, heard[index] ?? '']));
}

const expected = (ports: readonly number[], skipped: PortSet): Record<number, string> =>
  Object.fromEntries(ports.map((port) => [port, includesPort(skipped, port) ? 'S' : 'P']));

const seed = isLong ? Date.now() : 4143;
const random = randomLists(isLong ? 200 : 12, seed).map(
  (list, index) => [`random list ${index + 1} of seed ${seed}`, list] as const,
);

describe('the kernel redirects exactly the ports that are not skipped', () => {
  it.each<readonly [string, string]>([
    ['no port is skipped', ''],
    ['what is built in', 'default'],
    ['all ports are skipped', '*'],
    ['all but one are', '!8080'],
    ['the first and the last', '1,65535'],
    ['ranges to both ends', '1-3,65000-65535'],
    ['neighbours', '8000,8001,8003-8005,8006-8009'],
    ['a hole in a range', '8000-8060,!8030'],
    ['sixteen ports', Array.from({ length: 16 }, (_, index) => 8000 + 2 * index).join(',')],
    ['sixteen ranges', Array.from({ length: 16 }, (_, i) => `${8000 + 10 * i}-${8004 + 10 * i}`).join(',')],
    ...random,
  ])('%s', async (_, list) => {
    const inbound = union(selectedBy('skip-inbound-ports', list), ownPorts);
    const outbound = selectedBy('skip-outbound-ports', list);

    const args = await redirect({ 'skip-inbound-ports': list, 'skip-outbound-ports': list });

    expect(setOfFlag(args, '--inbound-ports-to-ignore'), list).toEqual(inbound);
    expect(setOfFlag(args, '--outbound-ports-to-ignore'), list).toEqual(outbound);
    // Behind 4143 itself there is the same answer, redirected or not.
    const incoming = [8080, ...boundaries(inbound, list)].filter((port) => port !== proxyPorts.inbound);
    expect(await dial(server, pod, incoming), list).toEqual(expected(incoming, inbound));
    const outgoing = [8080, ...boundaries(outbound, list)];
    expect(await dial(pod, server, outgoing), list).toEqual(expected(outgoing, outbound));
  });

  it('connections from a skipped subnet reach the application, all others the proxy', async () => {
    await redirect({ 'skip-subnets': `${network.node.ip}/32` });
    expect(await dial(network.node, pod, [8080])).toEqual({ 8080: 'S' });
    expect(await dial(server, pod, [8080])).toEqual({ 8080: 'P' });
  });

  it('nothing that the pod says to itself, by either address', async () => {
    await redirect({});
    expect(await dial(pod, pod, [8080])).toEqual({ 8080: 'S' });
    await pod.use(letters).sayOn('S', '127.0.0.1', [8081]);
    expect(await pod.use(letters).hearFrom('127.0.0.1', [8081])).toEqual(['S']);
  });
});
