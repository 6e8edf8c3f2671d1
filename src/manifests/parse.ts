/** One document: its text, its nodes with their places in the text, and sentences for what cannot be read. */
import { isUtf8 } from 'node:buffer';
import {
  Document,
  isAlias,
  isCollection,
  isMap,
  parseDocument,
  visit,
  type Node,
  type ParsedNode,
} from 'yaml';
import { OutriggerError } from '../errors.ts';
import { deepest, tooDeepIn } from './depth.ts';
import type { AnyMap } from './nodes.ts';
import { readQuickly } from './quick.ts';
import { kubernetesSchema } from './schema.ts';

/** A document's bytes and where they come from. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** The file's name as it was given, for messages. */
  readonly source: string;
  /** The number of lines before it. */
  readonly line: number;
}

export interface Manifest {
  readonly piece: Piece;
  readonly text: string;
  readonly document: Document<ParsedNode>;
  readonly eol: '\n' | '\r\n';
  /** The document is one flow map, as JSON is. */
  readonly isJson: boolean;
  /** Names of anchors that an alias refers to: what stands there stands in more than one place. */
  readonly shared: ReadonlySet<string>;
  /** Anchors, aliases, tags and the like: what was written has to be read again and compared. */
  readonly isIntricate: boolean;
}

// Both run over one line at most: `^\s*` would begin anew at each of thousands of blank lines, and read them all.
const intricate = /[&*!\t]|<<|^\uFEFF? *\?(?:\s|$)/mu;

const options = {
  schema: kubernetesSchema as never,
  prettyErrors: false,
  strict: true,
  logLevel: 'silent',
} as const;

/**
 * Reads a document as kubectl reads it. Null where it is empty.
 * @throws OutriggerError `file` with place and remedy
 */
export function parseManifest(piece: Piece): Manifest | null {
  const text = decode(piece);
  const root = readQuickly(text);
  return root === undefined ? parseFully(piece, text) : plainManifest(piece, text, root);
}

/** The quick reader takes no anchors, aliases and tags, and no CRLF. */
function plainManifest(piece: Piece, text: string, root: AnyMap): Manifest {
  const document = new Document(undefined, options) as Document<ParsedNode>;
  document.contents = root as ParsedNode;
  return {
    piece,
    text,
    document,
    eol: '\n',
    isJson: root.flow === true,
    shared: new Set(),
    isIntricate: false,
  };
}

/** Exported for the comparison of the two readers. @throws as `parseManifest` does */
export function parseFully(piece: Piece, text: string): Manifest | null {
  const document = parseDocument(text, options) as Document<ParsedNode>;
  const [error] = document.errors;
  if (error) throw mistake(piece, text, error.pos[0], sentenceOf(error.code, error.message, text));
  if (document.contents === null || isEmptyNode(document.contents)) return null;
  refuseDepth(piece, text, document.contents);
  refuseCollectionKeys(piece, text, document);
  return {
    piece,
    text,
    document,
    eol: /\r?\n/u.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n',
    isJson: isMap(document.contents) && document.contents.flow === true,
    shared: text.includes('*') ? sharedAnchors(piece, text, document) : new Set(),
    isIntricate: intricate.test(text),
  };
}

/** @throws OutriggerError where aliases multiply beyond measure */
export function valueOf(manifest: Manifest, node: Node): unknown {
  try {
    return node.toJS(manifest.document);
  } catch (error) {
    throw mistakeAt(
      manifest,
      node.range?.[0] ?? 0,
      `it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

export function mistakeAt(manifest: Manifest, offset: number, sentence: string): OutriggerError {
  return mistake(manifest.piece, manifest.text, offset, sentence);
}

/** `file.yaml:12:3`, both counted from one. */
export function placeOf({ piece, text }: Pick<Manifest, 'piece' | 'text'>, offset: number): string {
  const starts = lineStartsOf(piece, text);
  let [line, behind] = [1, starts.length];
  while (line < behind) {
    const middle = (line + behind) >> 1;
    if ((starts[middle] ?? 0) <= offset) line = middle + 1;
    else behind = middle;
  }
  return `${piece.source}:${piece.line + line}:${offset - (starts[line - 1] ?? 0) + 1}`;
}

const lineStarts = new WeakMap<Piece, readonly number[]>();

/** Kept: a List may hold thousands of objects, each with a place. */
function lineStartsOf(piece: Piece, text: string): readonly number[] {
  const known = lineStarts.get(piece);
  if (known) return known;
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  lineStarts.set(piece, starts);
  return starts;
}

function mistake(piece: Piece, text: string, offset: number, sentence: string): OutriggerError {
  return new OutriggerError('file', `${placeOf({ piece, text }, offset)}: ${sentence}`);
}

function decode(piece: Piece): string {
  const { bytes } = piece;
  if (bytes.includes(0))
    throw unreadable(piece, (line) => line.includes(0), 'a zero byte: this is no text file');
  if (!isUtf8(bytes))
    throw unreadable(piece, (line) => !isUtf8(line), 'this is not UTF-8; save the file as UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Names the first line that is wrong; no character of UTF-8 but the newline has its byte. */
function unreadable(
  { bytes, source, line }: Piece,
  isWrong: (line: Uint8Array) => boolean,
  sentence: string,
): OutriggerError {
  let [start, number] = [0, line + 1];
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    if (isWrong(bytes.subarray(start, end))) break;
    [start, number] = [end + 1, number + 1];
  }
  return new OutriggerError('file', `${source}:${number}: ${sentence}`);
}

const templateHint = 'this looks like a template; render the chart first (helm template … | outrigger …)';

function sentenceOf(code: string, message: string, text: string): string {
  if (text.includes('{{')) return `${message}: ${templateHint}`;
  if (code === 'DUPLICATE_KEY')
    return 'this key is given twice, and kubectl would silently take the last; remove one';
  if (code === 'RESOURCE_EXHAUSTION') return tooDeep;
  return code === 'TAB_AS_INDENT' ? 'a tab cannot indent YAML; use spaces' : message;
}

const tooDeep = `this is nested deeper than ${deepest} levels`;

function refuseDepth(piece: Piece, text: string, contents: ParsedNode): void {
  const node = tooDeepIn(contents);
  if (node !== undefined) throw mistake(piece, text, node.range?.[0] ?? 0, tooDeep);
}

function isEmptyNode(node: ParsedNode): boolean {
  return node.range[0] === node.range[1];
}

/** Where a collection may stand as a key; a cheap look before a long walk. */
const mayHoldCollectionKey = /\{\s*[[{]|,\s*[[{]|[\]}]\s*:|^\uFEFF?[ \t-]*\?(?:\s|$)/mu;

function refuseCollectionKeys(piece: Piece, text: string, document: Document<ParsedNode>): void {
  if (!mayHoldCollectionKey.test(text)) return;
  visit(document, {
    Pair(_, { key }) {
      if (isCollection(key))
        throw mistake(piece, text, key.range?.[0] ?? 0, `a collection stands as a key: ${templateHint}`);
    },
  });
}

/** In the order of the text, in which an anchor has to come before its aliases. */
function sharedAnchors(piece: Piece, text: string, document: Document<ParsedNode>): Set<string> {
  const known = new Map<string, Node>();
  const shared = new Set<string>();
  visit(document, {
    Node(_, node, path) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) known.set(node.anchor, node);
        return;
      }
      const { source } = node;
      const meant = known.get(source);
      const refuse = (sentence: string): OutriggerError =>
        mistake(piece, text, node.range?.[0] ?? 0, `*${source} stands for ${sentence}`);
      if (meant === undefined) throw refuse(`nothing: no &${source} comes before it`);
      if (path.includes(meant)) throw refuse('what it is a part of itself');
      shared.add(source);
    },
  });
  return shared;
}
