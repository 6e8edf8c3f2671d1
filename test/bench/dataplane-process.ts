/** What a process has used, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of all its threads that live, to the nanosecond; `stat` counts in hundredths. */
export function cpuSecondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

/** Memory that it shares with nobody, in MiB. */
export function privateMiBOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gmu)].map(([, size]) => Number(size));
  return kib.reduce((sum, each) => sum + each, 0) / 1024;
}
