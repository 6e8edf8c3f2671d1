/** Since when the bundle has stood in every entry of every webhook configuration, and who has changed it since. */
export interface TargetView {
  readonly name: string;
  /** Undefined if there is no such configuration, which nobody calls us by. */
  readonly isRight: boolean | undefined;
}

export interface Publication {
  /**
   * Takes what stands in the configurations now.
   * @returns since when the bundle stands in all of them, or undefined, and which were right before and are not now
   */
  note(bundle: string, targets: readonly TargetView[], nowMs: number): Noted;
  /** The bundle that was noted last was written there: whoever changes it from now on has spoiled it. */
  wrote(names: readonly string[]): void;
}

export interface Noted {
  readonly sinceMs: number | undefined;
  readonly spoiled: readonly string[];
}

export function createPublication(): Publication {
  let noted = '';
  let sinceMs: number | undefined;
  let right = new Set<string>();
  return {
    note(bundle, targets, nowMs) {
      if (bundle !== noted) {
        noted = bundle;
        sinceMs = undefined;
        right = new Set();
      }
      const isEverywhere = targets.every(({ isRight }) => isRight !== false);
      sinceMs = isEverywhere ? (sinceMs ?? nowMs) : undefined;
      const spoiled = targets.filter(({ name, isRight }) => isRight === false && right.has(name));
      right = new Set(targets.filter(({ isRight }) => isRight === true).map(({ name }) => name));
      return { sinceMs, spoiled: spoiled.map(({ name }) => name) };
    },
    wrote(names) {
      for (const name of names) right.add(name);
    },
  };
}
