import { connect } from 'node:net';
import { join } from 'node:path';
import { startChild, type Child } from '../process/child.ts';
import { findFreePort } from './ports.ts';
import { waitUntilReady } from './wait-until-ready.ts';

export interface Etcd {
  readonly child: Child;
  readonly url: string;
}

/** Starts etcd on loopback. It never syncs to disk: nothing here outlives the test. */
export async function startEtcd(command: string, dir: string): Promise<Etcd> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${await findFreePort()}`;
  const child = startChild({
    name: 'etcd',
    command,
    home: dir,
    logFile: join(dir, 'etcd.log'),
    args: [
      '--name=e2e',
      `--data-dir=${join(dir, 'etcd')}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=e2e=${peerUrl}`,
    ],
  });
  await waitUntilReady(child, () => canConnect(port));
  return { child, url };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
