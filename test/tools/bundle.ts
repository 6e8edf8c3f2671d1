// Makes dist/: the program as plain JavaScript, split so that the Kubernetes client and the X.509 library are read
// only by the commands that need them.
import { chmod, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

// CommonJS packages inside an ES module bundle still call require() for Node's own modules.
const requireForCommonJs =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * Of the Kubernetes client only `KubeConfig` is used, and of that only what `node:https` takes. But its package
 * does not say that its modules can be left out one by one, so 17 MB of generated API would come along; and it
 * imports undici (1 MB) for agents of `fetch`, which nobody here calls.
 */
const onlyKubeConfig: Plugin = {
  name: 'only-kube-config',
  setup(bundle) {
    const client = '@kubernetes/client-node';
    bundle.onResolve({ filter: /./ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === client || !(path === client || importer.includes(`/${client}/`))) return undefined;
      if (path === 'undici') return { path, namespace: 'unused' };
      const resolved = await bundle.resolve(path, { importer, kind, resolveDir, pluginData: client });
      return resolved.errors.length > 0 ? resolved : { ...resolved, sideEffects: false };
    });
    bundle.onLoad({ filter: /./, namespace: 'unused' }, () => ({
      contents: 'export class Agent {}\nexport class ProxyAgent {}\nexport const fetch = undefined;\n',
    }));
  },
};

// Made beside and renamed, so that a program that starts meanwhile finds the old one or the new one.
const fresh = `${root}/dist.${process.pid}`;
await build({
  absWorkingDir: root,
  entryPoints: { outrigger: 'src/bin/outrigger.ts' },
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // Node keeps the source in memory, three times its size; names stay, for stack traces, and lines short.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  banner: { js: requireForCommonJs },
  plugins: [onlyKubeConfig],
  logLevel: 'warning',
});
await chmod(`${fresh}/outrigger.js`, 0o755);
await rm(`${root}/dist`, { recursive: true, force: true });
await rename(fresh, `${root}/dist`);
