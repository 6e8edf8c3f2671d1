import { randomInt } from 'node:crypto';
import type { DebianParts } from '../../parts/debian.ts';
import { runCommandOk } from '../../process/run-command.ts';
import type { Namespaces } from './namespaces.ts';

/**
 * Addresses of RFC 2544, which are for benchmarks and routed nowhere. The outer end, where the control plane and
 * the test are, the node and its pods share one /24; Services exist inside the namespaces only.
 */
export interface NodeNetwork {
  readonly outerAddress: string;
  readonly nodeAddress: string;
  readonly podRange: string;
}

export const serviceRange = '198.19.0.0/16';

/** Connects the namespaces with ours by a cable, which vanishes with them, and routes the pods' addresses. */
export async function connectNamespaces(namespaces: Namespaces, debian: DebianParts): Promise<NodeNetwork> {
  const ip = await debian.find('ip');
  const run = (...args: string[]) => runCommandOk(ip, args, { env: debian.env });
  const inside = (...args: string[]) => namespaces.run(ip, args);

  const { cable, number } = await addCable(run, namespaces.pid);
  const outerAddress = `198.18.${number}.1`;
  const nodeAddress = `198.18.${number}.2`;
  const podRange = `198.18.${number}.128/25`;
  await run('address', 'add', `${outerAddress}/30`, 'dev', cable);
  await run('link', 'set', cable, 'up');
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${nodeAddress}/30`, 'dev', 'outside');
  await inside('link', 'set', 'outside', 'up');
  await inside('route', 'add', 'default', 'via', outerAddress);
  await namespaces.run('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  await run('route', 'add', podRange, 'via', nodeAddress);
  return { outerAddress, nodeAddress, podRange };
}

/** The interface's name holds the number of the network, so that two runs at a time never share one. */
async function addCable(
  run: (...args: string[]) => Promise<string>,
  pid: number,
): Promise<{ readonly cable: string; readonly number: number }> {
  let lastError: unknown;
  for (let attempt = 0; attempt < 20; attempt++) {
    const number = randomInt(256);
    const cable = `outrigger${number}`;
    try {
      await run('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'outside', 'netns', `${pid}`);
      return { cable, number };
    } catch (error) {
      lastError = error;
    }
  }
  throw new Error('no network of our own for the node', { cause: lastError });
}
