/**
 * The API server's part, as a process of its own: `node good-client.ts PORT SECONDS`. Sends 50 reviews a second on
 * kept connections, whether the last ones were answered or not, and prints what became of them.
 */
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { goodReview, path } from './bodies.ts';

export interface Measured {
  readonly answered: number;
  /** Status or error of those that were not answered with a patch. */
  readonly refused: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const [port = '', seconds = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 25, rejectUnauthorized: false });
const times: number[] = [];
const refused: string[] = [];

function sendOne(): Promise<void> {
  const started = performance.now();
  return new Promise((resolve) => {
    const end = (why?: string): void => {
      if (why === undefined) times.push(performance.now() - started);
      else refused.push(why);
      resolve();
    };
    const headers = { 'content-type': 'application/json', 'content-length': goodReview.length };
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent }, (response) => {
      text(response).then(
        (answer) =>
          end(answer.includes('"patchType":"JSONPatch"') ? undefined : `${response.statusCode} ${answer}`),
        (error: unknown) => end(String(error)),
      );
    });
    sent.once('error', (error) => end(String(error)));
    sent.setTimeout(30_000, () => sent.destroy(new Error('not answered within 30 s')));
    sent.end(goodReview);
  });
}

const all: Promise<void>[] = [];
const timer = setInterval(() => all.push(sendOne()), 20);
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
clearInterval(timer);
await Promise.all(all);
agent.destroy();
times.sort((a, b) => a - b);
const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? NaN;
const measured: Measured = { answered: times.length, refused, p50Ms: at(0.5), p99Ms: at(0.99) };
process.stdout.write(JSON.stringify(measured));
