import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** One entry of an archive. Owner is root; times are 0, so that the same content gives the same archive. */
export interface TarEntry {
  /** Without a slash in front. */
  readonly path: string;
  /** Default 0755 for folders and 0644 for files. */
  readonly mode?: number;
  readonly content:
    | { readonly kind: 'folder' }
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'file'; readonly source: string };
  /** Value of the extended attribute `security.capability`. */
  readonly capability?: Buffer;
}

const blockBytes = 512;
const capabilityKey = 'SCHILY.xattr.security.capability';

/** Writes an archive (POSIX.1-2001, pax) and returns its SHA-256 in hexadecimal digits. */
export function writeTar(path: string, entries: Iterable<TarEntry>): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  try {
    for (const entry of entries) for (const block of renderEntry(entry)) append(file, hash, block);
    append(file, hash, Buffer.alloc(2 * blockBytes));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function append(file: number, hash: Hash, bytes: Buffer): void {
  hash.update(bytes);
  for (let written = 0; written < bytes.length;)
    written += writeSync(file, bytes, written, bytes.length - written);
}

function* renderEntry(entry: TarEntry): Generator<Buffer> {
  const { path, content, capability } = entry;
  const records: Buffer[] = [];
  if (Buffer.byteLength(path) > 100) records.push(renderRecord('path', Buffer.from(path)));
  if (capability) records.push(renderRecord(capabilityKey, capability));
  const extended = Buffer.concat(records);
  if (extended.length > 0) {
    yield renderHeader({ path: 'pax', mode: 0o644, type: 'x', size: extended.length });
    yield* padded(extended);
  }
  const bytes = contentOf(entry);
  yield renderHeader({
    path: path.slice(-100),
    mode: entry.mode ?? (content.kind === 'folder' ? 0o755 : 0o644),
    type: { folder: '5', link: '2', text: '0', file: '0' }[content.kind],
    size: bytes.length,
    target: content.kind === 'link' ? content.target : '',
  });
  yield* padded(bytes);
}

function contentOf({ content }: TarEntry): Buffer {
  if (content.kind === 'file') return readFileSync(content.source);
  return Buffer.from(content.kind === 'text' ? content.text : '');
}

function* padded(bytes: Buffer): Generator<Buffer> {
  yield bytes;
  yield Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes);
}

/** "LENGTH KEY=VALUE\n", where the length counts its own digits. */
function renderRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

interface Header {
  readonly path: string;
  readonly mode: number;
  readonly type: string;
  readonly size: number;
  readonly target?: string;
}

function renderHeader({ path, mode, type, size, target = '' }: Header): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(path, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108); // owner and group: root
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136); // time
  header.write(' '.repeat(8), 148); // the checksum counts as spaces
  header.write(type, 156);
  header.write(target, 157);
  header.write('ustar\x0000', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(octal(checksum, 6), 148);
  return header;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}
