/** Changes of a text as data: what is between `start` and `end` gives way to `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const insertAt = (start: number, text: string): Edit => ({ start, end: start, text });
export const cutOut = (start: number, end: number): Edit => ({ start, end, text: '' });

/** In the order of the text; what was given first stays first where two meet. Deletions may overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let done = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    if (edit.start < done && edit.text !== '')
      throw new TypeError('two edits of a manifest write to the same place');
    result += text.slice(done, Math.max(done, edit.start)) + edit.text;
    done = Math.max(done, edit.end);
  }
  return result + text.slice(done);
}
