/**
 * What an insertion leaves behind so that it can be taken out again exactly: how a place stood that held nothing.
 *
 * | it was                    | it becomes                                             |
 * | ------------------------- | ------------------------------------------------------ |
 * | `annotations:`            | lines below, the first ending in `# outrigger: was empty` |
 * | `annotations: null`       | `annotations: {…} # outrigger: was null`               |
 * | `annotations: {}`         | `annotations: { … }`, with a space on either side       |
 * | not there                 | the whole pair is ours                                 |
 */
export const wasEmpty = ' # outrigger: was empty';

/** Stands between our value and the `null` that it makes a comment of. */
export const wasValue = ' # outrigger: was ';
