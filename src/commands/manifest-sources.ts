/** Where manifests come from: files, folders, `https://` addresses and standard input, one document at a time. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { OutriggerError } from '../errors.ts';
import { DocumentCutter } from '../manifests/cutter.ts';
import type { Piece } from '../manifests/parse.ts';
import { fetchManifest } from './manifest-fetch.ts';

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** One file or stream: its name for messages, and its bytes. */
export interface ManifestSource {
  readonly name: string;
  readonly open: () => Bytes | Promise<Bytes>;
}

/**
 * @param words as they were given: files, folders, addresses, `-`
 * @throws OutriggerError `usage` where there are none, `file` for what is not there
 */
export async function findSources(
  words: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<ManifestSource[]> {
  if (words.length === 0)
    throw new OutriggerError('usage', 'name a FILE, a folder, an https:// address, or - for standard input');
  if (words.filter((word) => word === '-').length > 1)
    throw new OutriggerError('usage', '- is given twice, and standard input can be read once');
  return words.flatMap((word) => sourcesOf(word, stdin));
}

function sourcesOf(word: string, stdin: AsyncIterable<Uint8Array>): ManifestSource[] {
  if (word === '-') return [{ name: 'stdin', open: () => stdin }];
  if (word.startsWith('http://'))
    throw new OutriggerError(
      'usage',
      `${word}: only https:// is read, since anybody between could change the rest`,
    );
  if (word.startsWith('https://')) return [{ name: word, open: () => fetchManifest(word) }];
  return isFolder(word) ? sourcesIn(word) : [fileSource(word)];
}

function isFolder(word: string): boolean {
  try {
    return statSync(word).isDirectory();
  } catch (error) {
    throw cannotRead(word, error);
  }
}

const manifestName = /\.(?:ya?ml|json)$/u;

/** In the order of their names, deeper ones where their folder stands; dot files are left out. */
function sourcesIn(folder: string): ManifestSource[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && manifestName.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !path
          .relative(folder, file)
          .split(path.sep)
          .some((part) => part.startsWith('.')),
    )
    .toSorted((one, other) => (one < other ? -1 : 1));
  if (files.length === 0)
    throw new OutriggerError('file', `${folder}: no *.yaml, *.yml or *.json in this folder`);
  return files.map(fileSource);
}

export function fileSource(file: string): ManifestSource {
  return { name: file, open: () => chunksOf(file) };
}

const chunkBytes = 65_536;

/** Without a stream, which takes longer to load than most files take to read: nothing else is to be done meanwhile. */
function* chunksOf(file: string): Generator<Uint8Array, void> {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(descriptor, chunk);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The documents of a source. @throws OutriggerError where it cannot be read */
export async function* readPieces({ name, open }: ManifestSource): AsyncGenerator<Piece, void> {
  const cutter = new DocumentCutter();
  let line = 0;
  const pieceOf = (bytes: Buffer): Piece => {
    const piece = { bytes, source: name, line };
    line += countNewlines(bytes);
    return piece;
  };
  try {
    for await (const chunk of await open()) yield* cutter.push(chunk).map(pieceOf);
  } catch (error) {
    throw error instanceof OutriggerError ? error : cannotRead(name, error);
  }
  yield* cutter.end().map(pieceOf);
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
};

function cannotRead(name: string, cause: unknown): OutriggerError {
  const { code } = cause as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : reasons[code];
  const reason = known ?? (cause instanceof Error ? cause.message : String(cause));
  return new OutriggerError('file', `${name}: ${reason}`, { cause });
}
