// Makes dist/: the program as plain JavaScript, split so that the Kubernetes client (0.5 s to load) is read
// only by the commands that talk to a cluster.
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

// CommonJS packages inside an ES module bundle still call require() for Node's own modules.
const requireForCommonJs =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

await rm(`${root}/dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { outrigger: 'src/bin/outrigger.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  banner: { js: requireForCommonJs },
  logLevel: 'warning',
});
await chmod(`${root}/dist/outrigger.js`, 0o755);
