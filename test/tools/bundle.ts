// Makes the program as plain JavaScript, split so that the Kubernetes client and the X.509 library are read only by
// the commands that need them. `node test/tools/bundle.ts` makes dist/.
import { chmod, readFile, rename, rm } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

// CommonJS packages inside an ES module bundle still call require(), for Node's own modules and for what may be missing.
const requireForCommonJs =
  'const require = (name) => { const found = process.getBuiltinModule(name); ' +
  "if (found) return found; throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' }); };";

/**
 * For a module of its own that is imported, Node reads every export, and loads what stands behind it: streams,
 * readline, workers, a tenth of the time that a short command takes. Here only what is used is read. Each importer
 * has a copy, so that one command does not read what another uses.
 */
const builtinsUnread: Plugin = {
  name: 'builtins-unread',
  setup(bundle) {
    bundle.onResolve({ filter: /./ }, ({ path, kind, importer }) =>
      kind === 'import-statement' && isBuiltin(path)
        ? { path, namespace: 'builtin', suffix: `?${importer}`, sideEffects: false }
        : undefined,
    );
    bundle.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const builtin: object = process.getBuiltinModule(path) ?? {};
      const names = Object.keys(builtin).filter((name) => /^\w+$/u.test(name) && name !== 'default');
      const reads = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`);
      const head = `const builtin = process.getBuiltinModule('${path}');\nexport default builtin;\n`;
      return { contents: head + reads.join('\n') };
    });
  },
};

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

/**
 * The build of `yaml` for browsers is the same source as ES modules: what is not used can be left out. The one for
 * Node is CommonJS, and looks at the environment for each token (`LOG_TOKENS`), which takes longer than the token.
 */
const yamlFolder = path.dirname(createRequire(import.meta.url).resolve('yaml/package.json'));
const yaml = path.join(yamlFolder, 'browser/index.js');

/**
 * For the age of its entries, of which ours have none, lru-cache looks at the global `performance` when it is
 * loaded. That makes Node load a dozen modules of its own, on each start of a short command.
 */
const cacheWithoutClock: Plugin = {
  name: 'cache-without-clock',
  setup(bundle) {
    bundle.onLoad({ filter: /\/lru-cache\/.+\.js$/ }, async ({ path: file }) => ({
      contents: `const performance = undefined;\n${await readFile(file, 'utf8')}`,
    }));
  },
};

/**
 * Made beside the folder and renamed, so that a program that starts meanwhile finds the old one or the new one.
 * @param folder below a package.json that says that these are ES modules
 */
export async function bundleInto(folder: string): Promise<void> {
  const fresh = `${folder}.${process.pid}`;
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
    alias: { yaml },
    // Node keeps the source in memory, three times its size; names stay, for stack traces, and lines short.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    banner: { js: requireForCommonJs },
    plugins: [onlyKubeConfig, builtinsUnread, cacheWithoutClock],
    logLevel: 'warning',
  });
  // They tell an older Node what to do, so that one must be able to read them.
  await build({
    absWorkingDir: root,
    entryPoints: ['src/bin/launch.ts', 'src/bin/older-node.ts'],
    outdir: fresh,
    target: 'node18',
    minifyWhitespace: true,
    lineLimit: 160,
    logLevel: 'warning',
  });
  for (const name of ['outrigger.js', 'launch.js']) await chmod(`${fresh}/${name}`, 0o755);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundleInto(path.join(root, 'dist'));
