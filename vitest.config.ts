import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Pothos and Yoga must meet one copy of graphql, whichever entry point they ask for.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql/index.js")) }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/buildOnce.ts"],
    // Most tests wait for processes, threads and timers: one file for each core is less than the machine can do.
    maxWorkers: 3,
    // Only for what hangs: beside other work on the machine, a test takes many times as long as alone.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
