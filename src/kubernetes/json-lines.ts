/**
 * Cuts a stream of text into lines and parses each as JSON, as a watch sends them. What stands after the last
 * newline was cut off by a broken connection and is left out.
 */
export async function* parseJsonLines(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown;
  }
}
