/**
 * Lays out what the image holds: the bundled program, what it reads beside it, and the licence. The image has no
 * `env` to find Node by, so the program names its Node itself. `node test/tools/image-files.ts FOLDER`
 */
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const firstLine = '#!/usr/bin/env -S node --max-semi-space-size=2\n';
const firstLineOfImage = '#!/nodejs/bin/node --max-semi-space-size=2\n';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder: node test/tools/image-files.ts FOLDER');
await mkdir(path.join(folder, 'bin'), { recursive: true });
for (const name of ['dist', 'examples', 'package.json', 'LICENSE'])
  await cp(path.join(root, name), path.join(folder, name), { recursive: true });
// The launcher is for machines with an older Node.
for (const name of ['launch.js', 'older-node.js']) await rm(path.join(folder, 'dist', name));
const program = path.join(folder, 'dist', 'outrigger.js');
const text = await readFile(program, 'utf8');
if (!text.startsWith(firstLine)) throw new Error(`${program} does not begin with ${firstLine}`);
await writeFile(program, firstLineOfImage + text.slice(firstLine.length));
await chmod(program, 0o755);
await symlink('../dist/outrigger.js', path.join(folder, 'bin', 'outrigger'));
