/** The forms in which changed manifests are written: as they came, as JSON, as a diff. */
import type { Manifest, Piece } from '../manifests/parse.ts';
import { parseManifest, valueOf } from '../manifests/parse.ts';
import { OutputBlocks } from './output-blocks.ts';

/** One document of the input, and what became of it. */
export interface WrittenDocument {
  readonly piece: Piece;
  /** null where the document is empty. */
  readonly manifest: Manifest | null;
  /** Its whole text, where it changed. */
  readonly text: string | undefined;
}

export interface ManifestOutput {
  add(document: WrittenDocument): void;
  /** Called once, when nothing has failed. */
  writeTo(stdout: NodeJS.WritableStream): Promise<void>;
}

/** Every byte as it came, but for what was changed; `---` is put between two files where it is missing. */
export function createYamlOutput(): ManifestOutput {
  const blocks = new OutputBlocks();
  let source: string | undefined;
  return {
    add({ piece, manifest, text }) {
      const bytes = text === undefined ? piece.bytes : Buffer.from(text);
      if (source !== undefined && source !== piece.source) {
        if (!blocks.isEmpty && !blocks.endsWithNewline()) blocks.add(Buffer.from('\n'));
        if (manifest !== null && !beginsItself(bytes)) blocks.add(Buffer.from('---\n'));
      }
      source = piece.source;
      blocks.add(bytes);
    },
    writeTo: (stdout) => blocks.writeTo(stdout),
  };
}

/** With `---`, or with a directive, behind which there is one. */
function beginsItself(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('utf8');
  return /^\uFEFF?(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:---|%)/u.test(head);
}

/** One document is an object, several are a v1 List, indented as kubectl does. */
export function createJsonOutput(): ManifestOutput {
  const values: unknown[] = [];
  return {
    add({ piece, manifest, text }) {
      const written = text === undefined ? manifest : parseManifest({ ...piece, bytes: Buffer.from(text) });
      const contents = written?.document.contents;
      if (written && contents) values.push(valueOf(written, contents));
    },
    async writeTo(stdout) {
      const [only] = values;
      const whole = values.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items: values };
      stdout.write(`${JSON.stringify(whole, exactNumbers, 4)}\n`);
    },
  };
}

/** Whole numbers beyond 2^53, which the API takes, keep all their digits. */
function exactNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? json.rawJSON(String(value)) : value;
}

/** Known to Node, and not yet to TypeScript's library for ES2024. */
const json = JSON as typeof JSON & { rawJSON(text: string): unknown };
