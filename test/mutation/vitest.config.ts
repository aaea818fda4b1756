import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql/index.js")) }],
  },
  test: {
    include: (process.env.MUTATION_TESTS ?? "test/**/*.test.ts").split(";"),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
