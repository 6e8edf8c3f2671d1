import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { version } from '../../../src/commands/package.ts';
import { ensureHadolint } from '../parts/hadolint.ts';
import { runCommand } from '../process/run-command.ts';

const dockerfile = fileURLToPath(new URL('../../../Dockerfile', import.meta.url));
const text = await readFile(dockerfile, 'utf8');

it('has nothing that its linter complains of', async () => {
  const { code, stdout } = await runCommand(await ensureHadolint(), [
    '--failure-threshold=style',
    dockerfile,
  ]);
  expect([code, stdout]).toEqual([0, '']);
});

it('names no digest, which a release fills in, and no architecture', () => {
  expect(text).toMatch(/^ARG BUILD_DIGEST=$/mu);
  expect(text).toMatch(/^ARG NODE_DIGEST=$/mu);
  const instructions = text.replaceAll(/^#.*$/gmu, '');
  expect(instructions).not.toMatch(/sha256|amd64|x86|arm64|aarch64/u);
});

it('is of this version, on the Node that the program is for', () => {
  expect(text).toContain(`ARG VERSION=${version}\n`);
  expect(text).toMatch(/^ARG BUILD_IMAGE=\S+\/node:24-/mu);
  expect(text).toMatch(/^ARG NODE_IMAGE=\S+\/nodejs24-/mu);
});
