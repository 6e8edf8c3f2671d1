/** Series of a text in Prometheus' format, and how they have moved. */
import type { MeshedPod } from '../network/mesh.ts';
import { pollUntil } from '../../poll-until.ts';

/** The samples of a metric by their labels, as they stand: `direction="inbound",port="80"`. */
export type Series = ReadonlyMap<string, number>;

export function seriesOf(text: string, name: string): Series {
  const samples = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => {
      const end = line.lastIndexOf('} ');
      return [line.slice(name.length + 1, end), Number(line.slice(end + 2))] as const;
    });
  return new Map(samples);
}

/** What was added to each series, those that stand still left out. */
export type Growth = Readonly<Record<string, number>>;

export function growthOf(before: Series, after: Series): Growth {
  const moved = [...after].map(([labels, value]) => [labels, value - (before.get(labels) ?? 0)] as const);
  return Object.fromEntries(moved.filter(([, by]) => by !== 0));
}

export interface WatchedSeries {
  /** The growth since the watch began, as soon as all of it together is so much; at most 10 s later. */
  grownBy(amount: number): Promise<Growth>;
}

/** Remembers the series of a metric as they are now. */
export async function watchSeries(pod: MeshedPod, name: string): Promise<WatchedSeries> {
  const before = seriesOf(await pod.scrape(), name);
  return {
    async grownBy(amount) {
      let last: Growth = {};
      const isReached = async (): Promise<boolean> => {
        last = growthOf(before, seriesOf(await pod.scrape(), name));
        return Object.values(last).reduce((sum, by) => sum + by, 0) >= amount;
      };
      await pollUntil(isReached, { timeoutMs: 10_000, what: `${name} to grow by ${amount}` }).catch(
        (error: unknown) => {
          throw new Error(`it has grown by ${JSON.stringify(last)}`, { cause: error });
        },
      );
      return last;
    },
  };
}
