/** Files of settings and of Namespaces, read by the reader of manifests: one idea of YAML for all. */
import { visit } from 'yaml';
import { parseManifest, valueOf, type Manifest } from '../manifests/parse.ts';
import { fileSource, readPieces } from './manifest-sources.ts';

export interface YamlDocument {
  readonly value: unknown;
  /** The same with the text of each number and boolean in its place: `2.40`, where the value is 2.4. */
  readonly written: unknown;
}

/**
 * The documents of a YAML file, empty ones left out.
 * @throws OutriggerError with the file, line and column where it cannot be read
 */
export async function readYamlFile(file: string): Promise<YamlDocument[]> {
  const documents: YamlDocument[] = [];
  for await (const piece of readPieces(fileSource(file))) {
    const manifest = parseManifest(piece);
    const value = manifest === null ? null : rootOf(manifest);
    if (manifest !== null && value !== null) documents.push({ value, written: writtenIn(manifest) });
  }
  return documents;
}

function rootOf(manifest: Manifest): unknown {
  const { contents } = manifest.document;
  return contents === null ? null : valueOf(manifest, contents);
}

/** Changes the document, of which nobody asks anything after this. */
function writtenIn(manifest: Manifest): unknown {
  visit(manifest.document, {
    Scalar(_, scalar) {
      const [start = 0, end = 0] = scalar.range ?? [];
      const isWord = typeof scalar.value !== 'string' && scalar.type === 'PLAIN';
      if (isWord && scalar.value !== null && typeof scalar.value !== 'symbol')
        scalar.value = manifest.text.slice(start, end);
    },
  });
  return rootOf(manifest);
}
