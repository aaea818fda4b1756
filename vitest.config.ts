import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";
import { provedOnSqlite } from "./test/postgres/filesOnPostgres.js";

/** Of every suite. */
export const shared = {
  resolve: {
    // Pothos and Yoga must meet one copy of graphql, whichever entry point they ask for.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql/index.js")) }],
  },
  test: {
    // Packages of test/mutation have tests too.
    exclude: [...configDefaults.exclude, ...(await provedOnSqlite())],
    globalSetup: ["test/buildOnce.ts"],
    // Most tests wait for processes, threads and timers: one file for each core is less than the machine can do.
    maxWorkers: 3,
    // Only for what hangs: beside other work on the machine, a test takes many times as long as alone.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
} satisfies ViteUserConfig;

/** These replace modules, or count the threads, memory or signals of their process. */
const ofTheirOwnProcess = [
  "test/clustering/{priority,standAside,threads}.test.ts",
  "test/database/loadingPriority.test.ts",
  "test/jobs/failureReport.test.ts",
  "test/server/cache/compiledQueries.test.ts",
  "test/server/observability/{stop,tracing}.test.ts",
  "test/server/contentEncoding.test.ts",
];

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    projects: [
      {
        extends: true,
        test: {
          name: "shared processes",
          include: ["test/**/*.test.ts"],
          exclude: ofTheirOwnProcess,
          // Loading Medoid takes longer than most files' tests: the files of a process share what it has loaded.
          isolate: false,
        },
      },
      { extends: true, test: { name: "own processes", include: ofTheirOwnProcess } },
    ],
  },
});
