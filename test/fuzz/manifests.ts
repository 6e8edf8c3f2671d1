/**
 * Gives changed manifests to `inject`, `inject --manual`, `uninject` and `explain`. Ends with 1 if one of them fails in
 * another way than with a sentence, takes longer than its bound, or does not end; the manifest is then kept in a file.
 *
 *   SECONDS=60 SEED=7 node test/fuzz/manifests.ts
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { isMainThread, parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads';
import { runCommandLine } from '../../src/commands/command-line.ts';
import { OutriggerError } from '../../src/errors.ts';
import { changeText } from './change-text.ts';
import { createRandom } from './random.ts';
import { manifestTexts } from './seeds.ts';

const seconds = Number(process.env['SECONDS'] ?? 60);
const firstSeed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
/** CPU time in milliseconds. */
const mostMs = 5000;
/** For what does not end. */
const patienceMs = 60_000;

const commands = [
  ['inject', '-', '--quiet'],
  ['inject', '--manual', '-', '--quiet'],
  ['uninject', '-', '--quiet'],
  ['explain', '-'],
] as const;

const nowhere = (): Writable =>
  new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });

/** @returns what went wrong, or undefined */
async function tryCommand(args: readonly string[], text: string): Promise<string | undefined> {
  const bytes = Buffer.from(text);
  async function* input(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(bytes);
  }
  const before = process.threadCpuUsage();
  try {
    await runCommandLine(args, { stdout: nowhere(), stderr: nowhere(), colours: false, stdin: input() });
  } catch (error) {
    if (!(error instanceof OutriggerError)) return `${args.join(' ')}: ${String(error)}`;
  }
  const { user, system } = process.threadCpuUsage(before);
  const ms = (user + system) / 1000;
  return ms > mostMs ? `${args.join(' ')}: ${ms} ms` : undefined;
}

type Said =
  { readonly at: number } | { readonly fault: string; readonly seed: number; readonly text: string };

async function attack(port: MessagePort, first: number): Promise<void> {
  const say = (said: Said): void => port.postMessage(said);
  const seeds = manifestTexts();
  for (let seed = first; ; seed += 1) {
    const random = createRandom(seed);
    const text = changeText(random.oneOf(seeds), random);
    const fault = await tryCommand(random.oneOf(commands), text);
    say(fault === undefined ? { at: seed } : { fault, seed, text });
  }
}

async function watch(): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: firstSeed });
  let last = firstSeed;
  let faults = 0;
  const ended = new Promise<void>((resolve) => {
    setTimeout(resolve, seconds * 1000);
    const timer = setTimeout(() => {
      process.stdout.write(`no end after ${patienceMs} ms: seed ${last + 1}\n`);
      faults += 1;
      resolve();
    }, patienceMs);
    worker.on('error', (error) => {
      process.stdout.write(`seed ${last + 1}: ${error.stack ?? error.message}\n`);
      faults += 1;
      resolve();
    });
    worker.on('message', (said: Said) => {
      timer.refresh();
      last = 'at' in said ? said.at : said.seed;
      if ('at' in said) return;
      const file = path.join(tmpdir(), `outrigger-fuzz-${said.seed}.yaml`);
      writeFileSync(file, said.text);
      process.stdout.write(`${said.fault}: seed ${said.seed}, kept in ${file}\n`);
      faults += 1;
      if (faults >= 5) resolve();
    });
  });
  await ended;
  await worker.terminate();
  process.stdout.write(`${last - firstSeed} manifests from seed ${firstSeed}, ${faults} faults\n`);
  return faults;
}

if (isMainThread) process.exit((await watch()) > 0 ? 1 : 0);
else if (parentPort) await attack(parentPort, workerData as number);
