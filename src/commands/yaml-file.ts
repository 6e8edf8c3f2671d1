import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { OutriggerError } from '../errors.ts';

/**
 * The documents of a YAML file, empty ones left out.
 * @throws OutriggerError with the file, line and column where it cannot be read
 */
export async function readYamlFile(file: string): Promise<unknown[]> {
  const text = await readText(file);
  const documents = parseAllDocuments(text, { merge: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new OutriggerError('file', `${file}: ${error.message}`, { cause: error });
    const value: unknown = document.toJS();
    return value === null || value === undefined ? [] : [value];
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : String(error);
    throw new OutriggerError('file', `${file}: ${reason}`, { cause: error });
  }
}
