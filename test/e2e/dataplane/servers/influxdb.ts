import { ensureDebianParts } from '../../parts/debian.ts';
import type { Host } from '../network/host.ts';
import { startServer } from './start-server.ts';

/** Starts InfluxDB 1.x, open to all, and waits until it listens. */
export async function startInfluxdb(host: Host, port: number): Promise<void> {
  const debian = await ensureDebianParts();
  const data = host.inside(await host.makeDir('influxdb'));
  const settings = {
    INFLUXDB_REPORTING_DISABLED: 'true',
    INFLUXDB_META_DIR: `${data}/meta`,
    INFLUXDB_DATA_DIR: `${data}/data`,
    INFLUXDB_DATA_WAL_DIR: `${data}/wal`,
    // The value is no list of folders.
    INFLUXDB_HTTP_BIND_ADDRESS: `:${port}`,
  };
  const program = {
    command: await debian.find('influxd'),
    args: ['run', '-config', '/dev/null'],
    env: { ...debian.env, ...settings },
  };
  await startServer(host, 'influxdb', program, [port]);
}
