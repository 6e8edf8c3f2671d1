/** How the program is started as a child process: from the run's bundle, or from its source where there is none. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

const source = fileURLToPath(new URL('../../src/bin/outrigger.ts', import.meta.url));
const file = inject('program') ?? source;

const [firstLine = ''] = readFileSync(file, 'utf8').split('\n', 1);

/** Those of its first line, which is not read where Node is called by name. */
const publishedFlags: readonly string[] = firstLine.split(' ').filter((word) => word.startsWith('--'));

/** Arguments of Node, before those of the program. */
export const entry: readonly string[] = [...publishedFlags, file];
