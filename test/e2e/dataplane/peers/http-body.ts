/** What clients and servers of HTTP share: big bodies with a checksum, and headers of our own. */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';

export interface Sum {
  readonly sum: number;
  readonly bytes: number;
}

/** Megabytes that are all different from one another. */
function* megabytes(count: number): Generator<Buffer> {
  const block = Buffer.alloc(2 ** 20, 'outrigger');
  for (let index = 0; index < count; index += 1) {
    const one = Buffer.from(block);
    one.writeUInt32BE(index);
    yield one;
  }
}

/** Writes as fast as the stream takes it, and ends it. */
export function writeBody(stream: Writable, count: number): Promise<void> {
  return pipeline(Readable.from(megabytes(count), { highWaterMark: 1 }), stream);
}

export async function sumOf(stream: AsyncIterable<Buffer>): Promise<Sum> {
  let [sum, bytes] = [0, 0];
  for await (const chunk of stream) {
    sum = crc32(chunk, sum);
    bytes += chunk.length;
  }
  return { sum, bytes };
}

/** What {@link sumOf} gives for such a body. */
export function expectedSum(count: number): Promise<Sum> {
  return sumOf(Readable.from(megabytes(count)));
}

/** Of the headers whose names begin with `x-own-`. */
export function countHeaders(headers: IncomingHttpHeaders): { count: number; characters: number } {
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-own-'));
  return { count: own.length, characters: own.reduce((sum, [, value]) => sum + String(value).length, 0) };
}
