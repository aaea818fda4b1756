import { readdirSync, readFileSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { build } from "esbuild";

/** Where tests learn on which server their databases are. Without it, they run on SQLite. */
const serverVariable = "MEDOID_TEST_DATABASE_URL";

/**
 * Files whose tests use a database, but prove what is the same on each: how the page and the commands' documents are
 * shown, how a request is admitted, limited, compiled and compressed before it is executed, how a file is read before
 * what it holds is recorded. What these read from the database and write into it, tests of the parts below do too, and
 * those run on both.
 */
export const aboveTheDatabase: readonly string[] = [
  "test/clients/audit.test.ts",
  "test/clients/documents.processes.ts",
  "test/clients/examples.test.ts",
  "test/import/parquetFiles.test.ts",
  "test/import/proposal.test.ts",
  "test/import/table.test.ts",
  "test/import/traces.test.ts",
  "test/import/vectorColumns.test.ts",
  "test/server/access/monitoringServer.test.ts",
  "test/server/access/ownHost.test.ts",
  "test/server/access/rateLimit.test.ts",
  "test/server/access/trustedDocuments.test.ts",
  "test/server/cache/compiledQueries.test.ts",
  "test/server/cache/compiledResponses.test.ts",
  "test/server/contentEncoding.test.ts",
  "test/server/limits/bodySize.test.ts",
  "test/server/limits/complexity.test.ts",
  "test/server/limits/documents.test.ts",
  "test/server/limits/jsonSize.test.ts",
  "test/server/pages/graphiql.processes.ts",
  "test/server/pages/page.test.ts",
  "test/server/proxies.processes.ts",
  "test/server/requests.test.ts",
  "test/server/webSockets/access.test.ts",
  "test/server/webSockets/hostileMessages.test.ts",
  "test/web/map.processes.ts",
  "test/web/page.processes.ts",
];

/** A file of tests, and its modules of `test/`, by their paths from the root. */
interface TestFile {
  path: string;
  modules: string[];
}

/** The files of tests, each with the modules of `test/` that it imports, itself among them. */
export async function readTestFiles(): Promise<TestFile[]> {
  const paths = (readdirSync("test", { recursive: true }) as string[])
    .map((path) => `test/${path.replaceAll(sep, "/")}`)
    .filter(
      (path) => /\.(?:test|processes|slow|faults|clients)\.ts$/.test(path) && !/node_modules/.test(path),
    );
  const { metafile } = await build({
    entryPoints: paths,
    bundle: true,
    metafile: true,
    write: false,
    outdir: "unwritten",
    format: "esm",
    platform: "node",
    logLevel: "error",
    plugins: [
      {
        name: "only modules of tests",
        setup({ onResolve }) {
          onResolve({ filter: /.*/ }, ({ kind, path, resolveDir }) => {
            if (kind === "entry-point") return undefined;
            const isOfTests = path.startsWith(".") && relative("test", resolve(resolveDir, path))[0] !== ".";
            return isOfTests ? undefined : { path, external: true };
          });
        },
      },
    ],
  });
  return paths.map((path) => {
    const modules = new Set([path]);
    for (const module of modules) {
      for (const imported of metafile.inputs[module].imports)
        if (!imported.external) modules.add(imported.path);
    }
    return { path, modules: [...modules] };
  });
}

/** Whether a file of tests can learn that it runs on PostgreSQL, because one of its modules reads the variable. */
export function usesDatabase({ modules }: TestFile): boolean {
  return modules.some((module) => readFileSync(module, "utf8").includes(serverVariable));
}

/**
 * What need not be run on PostgreSQL once it has passed on SQLite: files that do not use the tests' database, and those
 * that are above it. None on SQLite.
 */
export async function provedOnSqlite(): Promise<string[]> {
  if (!process.env[serverVariable]) return [];
  const files = await readTestFiles();
  return [...files.filter((file) => !usesDatabase(file)).map(({ path }) => path), ...aboveTheDatabase];
}
