/**
 * Sends changed reviews to the bundled program, and good ones beside them. Ends with 1 if an answer is outside the
 * table of responses, if one does not come, or if a good review is refused; the body is then kept in a file.
 *
 *   BODIES=1000000 node test/fuzz/webhook.ts     SECONDS=60 SEED=7 node test/fuzz/webhook.ts
 */
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { smallReview } from '../bench/reviews.ts';
import { startOffline } from '../bench/servers.ts';
import { prepareSetting } from '../bench/setting.ts';
import { changeJson } from './change-json.ts';
import { faultIn } from './check-answer.ts';
import { createRandom, type Random } from './random.ts';
import { reviewSeeds, type Seed } from './seeds.ts';

const wanted = Number(process.env['BODIES'] ?? Infinity);
const seconds = Number(process.env['SECONDS'] ?? (wanted === Infinity ? 60 : 7200));
const firstSeed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const connections = 8;
/** Far above what any body may take, and a busy machine makes of it. */
const patienceMs = 20_000;

const agent = new Agent({ keepAlive: true, maxSockets: connections + 1, rejectUnauthorized: false });

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(port: number, { path: url, body }: Seed): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ agent, host: '127.0.0.1', port, path: url, method: 'POST', headers });
    sent.setTimeout(patienceMs, () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)));
    sent.once('error', reject);
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
    sent.end(body);
  });
}

/** Now and then bytes that are no JSON. */
function bodyOf(seed: Seed, random: Random): string {
  const body = changeJson(seed.body, random);
  if (!random.rarely(30)) return body;
  const at = random.below(body.length);
  return body.slice(0, at) + random.oneOf(['', '"', '{', ']', '\u0000', '\ud800', 'é']) + body.slice(at + 1);
}

const setting = await prepareSetting();
const server = await startOffline(setting);
const seeds = reviewSeeds('bench');
const endsAt = Date.now() + seconds * 1000;
const goodMs: number[] = [];
let sent = 0;
const isOver = (): boolean => sent >= wanted || Date.now() >= endsAt || faults.length >= 5;
const faults: string[] = [];

function report(fault: string, seed: number, body: string): void {
  const file = path.join(tmpdir(), `outrigger-fuzz-${seed}.json`);
  writeFileSync(file, body);
  faults.push(`${fault}: seed ${seed}, kept in ${file}`);
}

async function attack(): Promise<void> {
  while (!isOver()) {
    sent += 1;
    const number = firstSeed + sent;
    const random = createRandom(number);
    const seed = random.oneOf(seeds);
    const body = bodyOf(seed, random);
    try {
      const { status, text } = await post(server.port, { ...seed, body });
      const fault = faultIn(status, text);
      if (fault !== undefined) report(fault, number, body);
    } catch (error) {
      report(String(error), number, body);
    }
  }
}

/** Twenty a second, as one client. */
async function review(): Promise<void> {
  const good = { path: '/mutate/labelled', body: smallReview() };
  while (!isOver()) {
    const startedAt = performance.now();
    const { status } = await post(server.port, good);
    if (status !== 200) report(`a good review: HTTP ${status}`, sent, good.body);
    goodMs.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

try {
  await Promise.all([review(), ...Array.from({ length: connections }, attack)]);
  const sorted = goodMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  process.stdout.write(
    `${sent} bodies from seed ${firstSeed}, ${faults.length} faults; ${goodMs.length} good reviews, ` +
      `p99 ${p99.toFixed(0)} ms; resident ${server.residentMiB().toFixed(0)} MiB\n`,
  );
} finally {
  agent.destroy();
  await server.stop();
  await setting.remove();
}
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
