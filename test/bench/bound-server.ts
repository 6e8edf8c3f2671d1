/**
 * The bound that the webhook is measured against: a Fastify HTTPS server that parses the same body, logs nothing
 * and answers a constant of the same size. Arguments: certificate file, key file, size of the answer.
 */
import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';

const [certFile = '', keyFile = '', size = '0'] = process.argv.slice(2);
const app = fastify({
  https: { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  bodyLimit: 7 * 1024 * 1024,
  keepAliveTimeout: 120_000,
});
const answer = JSON.stringify({ response: { patch: 'x'.repeat(Number(size) - 30) } });

app.post('/*', (request, reply) => {
  const { uid } = (request.body as { request: { uid: string } }).request;
  return reply.type('application/json').send(uid === '' ? '' : answer);
});
await app.listen({ host: '127.0.0.1', port: 0 });
const address = app.server.address();
process.stdout.write(`listening ${typeof address === 'object' ? address?.port : ''}\n`);
