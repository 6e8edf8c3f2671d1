/** What twice the input costs, in CPU time: of this process, whatever else the machine does. */

/** In milliseconds. */
export async function cpuMsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Below it, what a collection of garbage takes counts more than the work. */
const leastMs = 20;

/**
 * The least ratio of three rounds; work that costs next to nothing counts as if it took 20 ms.
 * @param workOn does something with an input of this size
 */
export async function cpuRatio(size: number, workOn: (size: number) => () => unknown): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const once = await cpuMsOf(workOn(size));
    const twice = await cpuMsOf(workOn(2 * size));
    ratios.push(Math.max(leastMs, twice) / Math.max(leastMs, once));
  }
  return Math.min(...ratios);
}
