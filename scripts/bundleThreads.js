// Bundles each worker thread's program into one file without imports, which a process reads when it starts and holds in
// memory: its threads then need no files, which an upgrade or another build may have replaced by the time they start.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const programs = [
  "clustering/clusteringThread",
  "database/sqlite/databaseTasks",
  "database/postgres/databaseTasks",
  "analysis/analysisTasks",
  "export/exportTasks",
  "import/importTasks",
];

/** @param dist the folder with TypeScript's output; `x.js` is bundled into `x.bundle.js` beside it */
export async function bundleThreads(dist) {
  await build({
    entryPoints: programs.map((program) => `${dist}/${program}.js`),
    outdir: dist,
    outbase: dist,
    outExtension: { ".js": ".bundle.js" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    banner: {
      js: `import { createRequire as requireFor } from "node:module"; const require = requireFor("file:///bundle.js");`,
    },
    plugins: [preloadedPackages, libsqlFromMemory],
    logLevel: "warning",
  });
}

/**
 * Uses a package that was already loaded before the program, as Node's --import does for tools that watch its calls;
 * all other packages are taken from the bundle.
 */
const preloadedPackages = {
  name: "preloaded packages",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^(pg|libsql)$/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === "bundled") return;
      // Resolved as `require` would: the module that an import resolves to (pg/esm/index.mjs) only wraps that one.
      const options = { ...rest, kind: "require-call", pluginData: "bundled" };
      const found = await resolve(path, options);
      return {
        path: found.path,
        namespace: "preloaded",
        pluginData: { name: path, resolveDir: rest.resolveDir },
      };
    });
    onLoad({ filter: /.*/, namespace: "preloaded" }, ({ path }) => {
      const end = path.slice(path.lastIndexOf("node_modules/"));
      return {
        contents: `
          const loaded = Object.keys(require.cache).find((file) => file.replaceAll("\\\\", "/").endsWith(${JSON.stringify(`/${end}`)}));
          module.exports = loaded === undefined ? require(${JSON.stringify(path)}) : require.cache[loaded].exports;`,
        resolveDir: "/",
      };
    });
  },
};

/**
 * libsql looks for its native library among the installed packages; a bundle uses the one that the process has loaded.
 */
const libsqlFromMemory = {
  name: "libsql from memory",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]libsql[\\/]index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = source.replace(
        /require\(`@libsql\/\$\{target\}`\)/,
        `(() => {
          const loaded = { exports: {} };
          process.dlopen(loaded, require("node:worker_threads").workerData.libsqlAddon);
          return loaded.exports;
        })()`,
      );
      if (contents === source)
        throw new Error(`${path} loads its native library in another way than expected`);
      return { contents };
    });
  },
};
