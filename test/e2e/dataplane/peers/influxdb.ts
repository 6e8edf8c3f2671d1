/** InfluxDB 1.x's HTTP interface, all over one connection that is kept alive, as its client libraries use it. */
import { Agent, request } from 'node:http';

export interface Points {
  readonly database: string;
  /** Of a measurement `load` with one value `v`, at the nanoseconds 1, 2, … */
  readonly values: readonly number[];
}

export interface RoundTrip {
  /** Of the request that wrote the points. */
  readonly status: number;
  readonly values: readonly number[];
  readonly ms: number;
}

/** Makes a database, writes points and reads them back. */
export async function roundTripPoints(
  host: string,
  port: number,
  { database, values }: Points,
): Promise<RoundTrip> {
  const start = performance.now();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method: string, path: string, body = '') =>
    exchange(agent, { host, port, method, path }, body);
  try {
    await send('POST', `/query?q=${encodeURIComponent(`CREATE DATABASE ${database}`)}`);
    const lines = values.map((value, index) => `load v=${value} ${index + 1}`);
    const { status } = await send('POST', `/write?db=${database}`, lines.join('\n'));
    const query = encodeURIComponent('SELECT v FROM load');
    const { text } = await send('GET', `/query?db=${database}&q=${query}`);
    const found = JSON.parse(text) as {
      results: [{ series: [{ values: [time: string, value: number][] }] }];
    };
    const read = found.results[0].series[0].values.map(([, value]) => value);
    return { status, values: read, ms: performance.now() - start };
  } finally {
    agent.destroy();
  }
}

function exchange(
  agent: Agent,
  options: { host: string; port: number; method: string; path: string },
  body: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent, timeout: 20_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.once('timeout', () => sent.destroy(new Error(`${options.path} took longer than 20 s`)));
    sent.once('error', reject);
    sent.end(body);
  });
}
