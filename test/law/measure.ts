/**
 * Measures subjects in a thread of its own, one after the other: what never ends there is ended by the thread's end.
 * `workerData` is the names of the subjects; each gets a message.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { subjects, type Subject } from './subjects.ts';

export interface Figures {
  readonly name: string;
  /** CPU time in milliseconds for half a body and for a whole one. */
  readonly half: number;
  readonly whole: number;
  readonly error?: string;
}

/** What a review is worked out of without leaving the main thread; more if somebody wants to know. */
const wholeBytes = Number(process.env['LAW_BYTES'] ?? 256 * 1024);

function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** The best of three, as a garbage collection may fall into any of them; once where it is plainly enough. */
function best(input: unknown, work: (input: never) => void): number {
  const first = cpuMs(() => work(input as never));
  return first < 10 ? first : Math.min(first, ...[2, 3].map(() => cpuMs(() => work(input as never))));
}

function measure({ name, input, work }: Subject): Figures {
  try {
    let [half, whole] = [Infinity, Infinity];
    // Other work on the machine makes a figure larger, never smaller: a doubtful one is taken again.
    for (let tries = 0; tries < 3 && !(whole < 2.5 * half); tries += 1) {
      half = Math.min(half, best(input(wholeBytes / 2), work));
      whole = Math.min(whole, best(input(wholeBytes), work));
    }
    return { name, half, whole };
  } catch (error) {
    return { name, half: 0, whole: 0, error: String(error) };
  }
}

function measureAll(names: readonly string[], port: MessagePort): void {
  const wanted = new Set(names);
  for (const subject of subjects) {
    const figures = wanted.has(subject.name) && measure(subject);
    if (figures) port.postMessage(figures);
  }
}

if (parentPort) measureAll(workerData as readonly string[], parentPort);
