/** Since when the bundle has stood in every entry of every webhook configuration, and who has changed it since. */
export interface TargetView {
  readonly name: string;
  /** Undefined if there is no such configuration, which nobody calls us by. */
  readonly isRight: boolean | undefined;
}

export interface Publication {
  /**
   * Takes what stands in the configurations now.
   * @returns since when the bundle stands in all of them, or undefined
   */
  note(bundle: string, targets: readonly TargetView[], nowMs: number): number | undefined;
  /**
   * The bundle that was noted last was written into these.
   * @returns those in which it had stood before: somebody else had changed it
   */
  wrote(names: readonly string[]): readonly string[];
}

export function createPublication(): Publication {
  let noted = '';
  let sinceMs: number | undefined;
  let published = new Set<string>();
  return {
    note(bundle, targets, nowMs) {
      if (bundle !== noted) {
        noted = bundle;
        sinceMs = undefined;
        published = new Set();
      }
      const isEverywhere = targets.every(({ isRight }) => isRight !== false);
      sinceMs = isEverywhere ? (sinceMs ?? nowMs) : undefined;
      for (const { name, isRight } of targets) if (isRight) published.add(name);
      return sinceMs;
    },
    wrote(names) {
      const repaired = names.filter((name) => published.has(name));
      for (const name of names) published.add(name);
      return repaired;
    },
  };
}
