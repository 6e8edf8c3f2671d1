/** Makes a network with a server in it, says which processes it is made of, and stays. */
import { createNetwork } from './network.ts';

const network = await createNetwork();
const host = await network.addHost('host');
const server = host.start('server', { command: 'sleep', args: ['infinity'] });
process.stdout.write(`${JSON.stringify([network.node.pid, host.pid, server.pid])}\n`);
setInterval(() => undefined, 1000);
